// visible: which of these nodes meet a condition
// in   $uids [string] (cube#id); slot where: condition on n
// out  uid
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
WHERE /*where*/ true /*where*/
RETURN uid
