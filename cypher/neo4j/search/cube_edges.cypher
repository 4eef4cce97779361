// cube_edges: every edge of a cube that meets a condition, as recall looks at it
// in   $cube string; slot where: condition on e
// out  one row of lists as long as each other: id, kind, from_id, to_id, weight float
// try  :param cube => 'handbook'
MATCH (a:Memory)-[e]->(:Memory)
WHERE a.cube_id = $cube AND /*where*/ true /*where*/
RETURN collect(e.id) AS id, collect(type(e)) AS kind, collect(e.from_id) AS from_id, collect(e.to_id) AS to_id,
       collect(e.weight) AS weight
