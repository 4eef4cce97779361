// all: every edge of a cube that meets a condition, unsorted
// in   $low, $high string (keys of the cube, exclusive); slot kinds: ":KIND|KIND" or nothing; slot where: condition on e
// out  an edge's columns; times int (us, UTC); info JSON text
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (a:Memory)-[e/*kinds*/ /*kinds*/]->()
WHERE a.uid > $low AND a.uid < $high AND /*where*/ true /*where*/
RETURN e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
