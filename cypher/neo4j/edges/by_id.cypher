// by_id: edges of one kind by their ids; unknown ids give no row
// in   $cube string, $ids [string]; slot kind: edge type
// out  an edge's columns; times int (us, UTC); info JSON text
// try  :params {cube: 'handbook', ids: ['e_1']}
MATCH ()-[e:/*kind*/RELATED_TO/*kind*/]->()
WHERE e.id IN $ids AND e.cube_id = $cube
RETURN e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
