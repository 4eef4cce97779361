// append: write a cube's next Change and move its counter on
// in   $cube string, $seq int, $change map of properties
// out  found int: 1, or 0 when the cube is gone
// try  :params {cube: 'handbook', seq: 1, change: {uid: 'handbook#00000000000000000001', seq: 1}}
MATCH (c:Cube {id: $cube})
SET c.seq = $seq
CREATE (x:Change)
SET x = $change
RETURN count(x) AS found
