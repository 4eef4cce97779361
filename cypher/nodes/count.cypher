// count: how many nodes of a cube meet a condition
// in   $low, $high string (keys of the cube, exclusive); slot where: condition on n
// out  found int
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high AND /*where*/ true /*where*/
RETURN count(n) AS found
