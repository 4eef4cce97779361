// strays: edges of a cube's nodes that are of another cube, or lead into one
// in   $low, $high string (keys of the cube, exclusive), $cube string
// out  id
// try  :params {low: 'handbook#', high: 'handbook$', cube: 'handbook'}
MATCH (a:Memory)-[e]->(b)
WHERE a.uid > $low AND a.uid < $high AND (e.cube_id <> $cube OR b.cube_id <> $cube)
RETURN e.id AS id
LIMIT 100
