// words: nodes of a cube that meet a condition and match a full-text query, best first (the index gives them so)
// in   $query string (Lucene, made by backends/neo4j/words), $cube string, $limit int; slot where: condition on n
// out  cube, id, score float (BM25)
// try  :params {query: 'terms_042:(abcdevalve)', cube: 'handbook', limit: 10}
CALL db.index.fulltext.queryNodes('memory_terms', $query) YIELD node AS n, score
WHERE n.cube_id = $cube AND /*where*/ true /*where*/
RETURN n.cube_id AS cube, n.id AS id, score
LIMIT $limit
