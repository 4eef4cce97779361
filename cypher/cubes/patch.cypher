// patch: some properties of a cube
// in   $id string, $set map of properties
// out  found int
// try  :params {id: 'handbook', set: {cube_class: 'public'}}
MATCH (c:Cube {id: $id})
SET c += $set
RETURN count(c) AS found
