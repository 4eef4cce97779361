// clear: remove some of a cube's nodes with all their edges; run it until it finds none
// in   $low, $high string (keys of the cube, exclusive), $limit int
// out  found int
// try  :params {low: 'handbook#', high: 'handbook$', limit: 1000}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high
WITH n LIMIT $limit
DETACH DELETE n
RETURN count(*) AS found
