// starts: which node each edge of a cube starts from
// in   $low, $high string (keys of the cube, exclusive)
// out  id, from_id
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (a:Memory)-[e]->()
WHERE a.uid > $low AND a.uid < $high
RETURN e.id AS id, e.from_id AS from_id
