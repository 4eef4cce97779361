// refs: which of these nodes are there; unknown keys give no row
//       (Neo4j: a node is found again by its key, since id() is deprecated there and its numbers are used again)
// in   $uids [string] (cube#id)
// out  uid, ref (the key)
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
RETURN uid, uid AS ref
