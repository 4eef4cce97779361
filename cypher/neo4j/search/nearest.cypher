// nearest: of the nodes that the vector index holds closest, those in some cubes that meet a condition, closest first
//          (the index knows no condition: what it gives is filtered afterwards; whoever asks sees if too few are left)
// in   $index string, $among int: how many the index gives, $vector [float], $cubes [string], $limit int;
//      slot where: condition on n
// out  cube, id, score float (0 to 1: half of 1 + cosine)
// try  :params {index: 'space_main', among: 100, vector: [1.0, 0.0, 0.0, 0.0], cubes: ['handbook'], limit: 10}
CALL db.index.vector.queryNodes($index, $among, $vector) YIELD node AS n, score
WHERE n.cube_id IN $cubes AND /*where*/ true /*where*/
RETURN n.cube_id AS cube, n.id AS id, score
LIMIT $limit
