// steps: edges at some nodes that a walk may take, with the node at the other end; a query a level, as each is a journey
// in   $uids [string] (cube#id); slots left, right: "-" "->" (out), "<-" "-" (in) or "-" "-"; slot kinds: ":KIND|KIND" or nothing
//      slot near: condition on a; slot where: condition on e; slot far: condition on b
// out  uid (of the near node), there (id of the far one), and an edge's columns; times int (us, UTC); info JSON text
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (a:Memory {uid: uid})/*left*/-/*left*/[e/*kinds*/ /*kinds*/]/*right*/-/*right*/(b:Memory)
WHERE /*near*/ true /*near*/ AND /*where*/ true /*where*/ AND /*far*/ true /*far*/
RETURN uid, b.id AS there, e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
