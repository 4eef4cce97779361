// erase: remove some nodes with all their edges
//        (Neo4j: a node is found by its key, since id() is deprecated there and its numbers are used again)
// in   $refs [string] (cube#id)
// out  found int
// try  :param refs => ['handbook#n_1']
UNWIND $refs AS ref
MATCH (n:Memory {uid: ref})
DETACH DELETE n
RETURN count(*) AS found
