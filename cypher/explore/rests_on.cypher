// rests_on: what depends on a node, directly or by way of others: what would fall with it
// in   $cube string, $id string
// out  steps int, chain [id], text of the last
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH path = (n:Memory {uid: $cube + '#' + $id})<-[:DEPENDS_ON*1..6]-(last:Memory)
WHERE all(e IN relationships(path) WHERE e.retired_at IS NULL) AND last.retired_at IS NULL
RETURN length(path) AS steps, [x IN nodes(path) | x.id] AS chain, substring(last.text, 0, 120) AS text
ORDER BY steps
LIMIT 100
