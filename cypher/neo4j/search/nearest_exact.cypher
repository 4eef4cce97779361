// nearest_exact: nodes of some cubes that meet a condition, each compared with a vector, closest first
// in   $vector [float], $cubes [string], $limit int; slot space: property name v_SPACE; slot where: condition on n
// out  cube, id, score float (0 to 1: half of 1 + cosine)
// try  :params {vector: [1.0, 0.0, 0.0, 0.0], cubes: ['handbook'], limit: 10}
MATCH (n:Memory)
WHERE n.cube_id IN $cubes AND /*where*/ true /*where*/ AND n./*space*/ v_main /*space*/ IS NOT NULL
WITH n, vector.similarity.cosine(n./*space*/ v_main /*space*/, $vector) AS score
ORDER BY score DESC, n.uid
LIMIT $limit
RETURN n.cube_id AS cube, n.id AS id, score
