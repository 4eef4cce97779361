// neighbourhood: every edge at a node, both ways, with the node at its other end
// in   $cube string, $id string
// out  way, edge, kind, id, text
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH (n:Memory {uid: $cube + '#' + $id})-[e]-(other:Memory)
WHERE e.retired_at IS NULL AND other.retired_at IS NULL
RETURN CASE WHEN e.from_id = $id THEN 'out' ELSE 'in' END AS way, type(e) AS edge, other.kind AS kind, other.id AS id,
       substring(other.text, 0, 120) AS text
ORDER BY edge, way, id
LIMIT 200
