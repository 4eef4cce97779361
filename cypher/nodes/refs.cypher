// refs: the database's own ids of some nodes; unknown keys give no row
// in   $uids [string] (cube#id)
// out  uid, ref
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
RETURN uid, id(n) AS ref
