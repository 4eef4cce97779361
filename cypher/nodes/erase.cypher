// erase: remove some nodes with all their edges
// in   $refs [int]
// out  found int
// try  :param refs => [42]
UNWIND $refs AS ref
MATCH (n:Memory)
WHERE id(n) = ref
DETACH DELETE n
RETURN count(*) AS found
