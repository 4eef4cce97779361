// orphans: live nodes of a cube without any edge
// in   $cube string
// out  kind, id, text
// try  :params {cube: 'handbook'}
MATCH (n:Memory {cube_id: $cube})
WHERE n.retired_at IS NULL AND NOT (n)--()
RETURN n.kind AS kind, n.id AS id, substring(n.text, 0, 120) AS text
ORDER BY n.uid
LIMIT 200
