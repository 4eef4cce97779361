// sizes: how many nodes there are in all, and in some cubes (counted up to a limit)
//        (chooses how a vector search is done; the first count is kept by the database, the second walks an index)
// in   $cubes [string], $most int
// out  total int, inside int
// try  :params {cubes: ['handbook'], most: 1000}
MATCH (a:Memory)
WITH count(a) AS total
CALL (total) {
  MATCH (n:Memory)
  WHERE n.cube_id IN $cubes
  WITH n LIMIT $most
  RETURN count(n) AS inside
}
RETURN total, inside
