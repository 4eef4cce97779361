// why: what a node rests on, step by step: its premises, and the merges, summaries and documents it is part of
// in   $cube string, $id string
// out  steps int, edges [string], chain [id], text of the last
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH path = (n:Memory {uid: $cube + '#' + $id})-[:DEPENDS_ON|MERGED_INTO|PARENT*1..6]->(last:Memory)
WHERE all(e IN relationships(path) WHERE e.retired_at IS NULL) AND last.retired_at IS NULL
RETURN length(path) AS steps, [e IN relationships(path) | type(e)] AS edges, [x IN nodes(path) | x.id] AS chain,
       substring(last.text, 0, 120) AS text
ORDER BY steps
LIMIT 100
