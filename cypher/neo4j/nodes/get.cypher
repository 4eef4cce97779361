// get: nodes by their keys, in any order; unknown keys give no row
//      (Neo4j: a node is found again by its key, since id() is deprecated there and its numbers are used again)
// in   $uids [string] (cube#id); slot where: condition on n
// out  ref (the key), and a node's columns; times int (us, UTC); sources, info JSON text
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
WHERE /*where*/ true /*where*/
RETURN uid AS ref, n.cube_id AS cube, n.id AS id, n.kind AS kind, n.text AS text, n.key AS key, n.status AS status,
       n.confidence AS confidence, n.tags AS tags, n.usage AS usage, n.sources AS sources, n.info AS info,
       n.created_at AS created_at, n.updated_at AS updated_at, n.retired_at AS retired_at,
       n.valid_from AS valid_from, n.valid_to AS valid_to, n.version AS version, n.content_hash AS content_hash
