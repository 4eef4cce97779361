// vectors: nodes of a cube whose vector in one space has another length than its space
// in   $low, $high string (keys of the cube, exclusive), $dimension int; slot space: property name v_SPACE
// out  id
// try  :params {low: 'handbook#', high: 'handbook$', dimension: 384}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high AND n./*space*/ v_main /*space*/ IS NOT NULL
      AND size(n./*space*/ v_main /*space*/) <> $dimension
RETURN n.id AS id
LIMIT 100
