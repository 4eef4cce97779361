// forget_space: take the vectors of one space from some of a cube's nodes; run it until it finds none
// in   $low, $high string (keys of the cube, exclusive), $limit int; slot space: property name v_SPACE
// out  found int
// try  :params {low: 'handbook#', high: 'handbook$', limit: 1000}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high AND n./*space*/ v_main /*space*/ IS NOT NULL
WITH n LIMIT $limit
REMOVE n./*space*/ v_main /*space*/
RETURN count(n) AS found
