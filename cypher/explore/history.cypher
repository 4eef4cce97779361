// history: a node and its earlier versions: when each was true, and when we held it so
// in   $cube string, $id string
// out  id, true_from int (us, UTC), true_until int, held_from int, held_until int, text
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH (n:Memory {uid: $cube + '#' + $id})-[:SUPERSEDES*0..6]->(row:Memory)
WHERE row.id = $id OR row.id STARTS WITH $id + '@'
RETURN DISTINCT row.id AS id, row.valid_from AS true_from, row.valid_to AS true_until, row.updated_at AS held_from,
       row.retired_at AS held_until, substring(row.text, 0, 120) AS text
ORDER BY held_from, id
LIMIT 200
