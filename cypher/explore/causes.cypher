// causes: the causal chain that starts from a node: what it causes or is a condition of, step by step;
//      over SAME_AS from an effect in one document to the same event in another (`memos-graph organise`)
// in   $cube string, $id string
// out  steps int, chain [id], evidence [string] of each step, text of the last
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH path = (n:Memory {uid: $cube + '#' + $id})-[:CAUSES|CONDITION_OF|SAME_AS*1..6]->(last:Memory)
WHERE all(e IN relationships(path) WHERE e.retired_at IS NULL) AND last.retired_at IS NULL
RETURN length(path) AS steps, [x IN nodes(path) | x.id] AS chain, [e IN relationships(path) | e.evidence] AS evidence,
       substring(last.text, 0, 120) AS text
ORDER BY steps
LIMIT 100
