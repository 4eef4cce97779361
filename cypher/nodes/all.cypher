// all: every node of a cube that meets a condition, unsorted
// in   $low, $high string (keys of the cube, exclusive); slot where: condition on n
// out  a node's columns; times int (us, UTC); sources, info JSON text
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high AND /*where*/ true /*where*/
RETURN n.cube_id AS cube, n.id AS id, n.kind AS kind, n.text AS text, n.key AS key, n.status AS status,
       n.confidence AS confidence, n.tags AS tags, n.usage AS usage, n.sources AS sources, n.info AS info,
       n.created_at AS created_at, n.updated_at AS updated_at, n.retired_at AS retired_at,
       n.valid_from AS valid_from, n.valid_to AS valid_to, n.version AS version, n.content_hash AS content_hash
