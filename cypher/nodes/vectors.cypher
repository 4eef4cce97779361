// vectors: the vectors of some nodes in one space; nodes without one give no row
// in   $uids [string] (cube#id); slot space: property name v_SPACE
// out  uid, vector [float]
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
WHERE n./*space*/ v_main /*space*/ IS NOT NULL
RETURN uid, n./*space*/ v_main /*space*/ AS vector
