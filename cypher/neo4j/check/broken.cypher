// broken: what no cube can hold, counted: it would be seen by no one, or by the wrong one; looks at everything there is
// in   nothing
// out  what, found int
// try  :clear
MATCH (n:Memory)
WHERE n.uid IS NULL OR n.cube_id IS NULL OR n.id IS NULL OR NOT n.uid STARTS WITH n.cube_id + '#'
      OR n.kind IS NULL OR n.text IS NULL OR n.key IS NULL OR n.status IS NULL OR n.confidence IS NULL
      OR n.created_at IS NULL OR n.updated_at IS NULL OR n.version IS NULL OR NOT n.kind IN labels(n)
RETURN 'nodes that are not whole' AS what, count(n) AS found
UNION ALL
MATCH (a:Memory)-[e]->(b)
WHERE e.id IS NULL OR e.cube_id IS NULL OR e.cube_id <> a.cube_id OR b.cube_id IS NULL OR e.cube_id <> b.cube_id
      OR e.from_id <> a.id OR e.to_id <> b.id OR e.from_id IS NULL OR e.to_id IS NULL
      OR e.weight IS NULL OR e.created_by IS NULL OR e.created_at IS NULL OR e.version IS NULL
RETURN 'edges that are not whole or leave their cube' AS what, count(e) AS found
