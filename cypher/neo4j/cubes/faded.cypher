// faded: note that the vectors of these spaces are gone from a cube
// in   $id, $lineage string, $fading [string]
// out  found int: 0 when the cube is another by now
// try  :params {id: 'handbook', lineage: 'a1', fading: ['main']}
MATCH (c:Cube {id: $id})
SET c.held = true
WITH c
WHERE c.lineage = $lineage AND c.fading = $fading
REMOVE c.fading
RETURN count(c) AS found
