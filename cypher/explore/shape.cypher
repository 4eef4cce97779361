// shape: which kinds of nodes a cube connects by which kinds of edges, and how often
// in   $cube string
// out  from_kind, edge, to_kind, found int
// try  :params {cube: 'handbook'}
MATCH (a:Memory {cube_id: $cube})-[e]->(b:Memory)
WHERE e.retired_at IS NULL
RETURN a.kind AS from_kind, type(e) AS edge, b.kind AS to_kind, count(e) AS found
ORDER BY found DESC, from_kind, edge, to_kind
