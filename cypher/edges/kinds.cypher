// kinds: how many edges of a cube there are of each kind
// in   $low, $high string (keys of the cube, exclusive); slot where: condition on e
// out  kind, found int
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (a:Memory)-[e]->()
WHERE a.uid > $low AND a.uid < $high AND /*where*/ true /*where*/
RETURN type(e) AS kind, count(e) AS found
