// kinds: how many nodes of a cube there are of each kind
// in   $low, $high string (keys of the cube, exclusive); slot where: condition on n
// out  kind, found int
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high AND /*where*/ true /*where*/
RETURN n.kind AS kind, count(n) AS found
