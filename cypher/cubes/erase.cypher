// erase: remove a cube's own record
// in   $id string
// out  found int
// try  :param id => 'handbook'
MATCH (c:Cube {id: $id})
DELETE c
RETURN count(*) AS found
