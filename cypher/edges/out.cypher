// out: edges that leave some nodes
// in   $uids [string] (cube#id); slot kinds: ":KIND|KIND" or nothing; slot where: condition on e
// out  uid (of the start), and an edge's columns; times int (us, UTC); info JSON text
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (a:Memory {uid: uid})-[e/*kinds*/ /*kinds*/]->(b:Memory)
WHERE /*where*/ true /*where*/
RETURN uid, e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
