// many_words: as words, for more words than one full-text query takes: the sum of several queries, best first
// in   $queries [string] (Lucene, made by backends/neo4j/words), $cube string, $limit int; slot where: condition on n
// out  cube, id, score float (BM25)
// try  :params {queries: ['terms_042:(abcdevalve)'], cube: 'handbook', limit: 10}
UNWIND $queries AS query
CALL db.index.fulltext.queryNodes('memory_terms', query) YIELD node AS n, score
WHERE n.cube_id = $cube AND /*where*/ true /*where*/
WITH n, sum(score) AS score
ORDER BY score DESC, n.uid
LIMIT $limit
RETURN n.cube_id AS cube, n.id AS id, score
