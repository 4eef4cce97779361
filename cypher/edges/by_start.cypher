// by_start: edges by their ids, found through the nodes they start from
// in   $starts [{uid string, ids {edge id: true}}]
// out  an edge's columns; times int (us, UTC); info JSON text
// try  :param starts => [{uid: 'handbook#n_1', ids: {e_1: true}}]
UNWIND $starts AS s
MATCH (a:Memory {uid: s.uid})-[e]->()
WHERE s.ids[e.id] IS NOT NULL AND /*where*/ true /*where*/
RETURN e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
