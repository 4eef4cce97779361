// frozen: memories of a cube that nothing changes unless forced
// in   $cube string
// out  kind, id, text
// try  :params {cube: 'handbook'}
MATCH (n:Memory {cube_id: $cube})
WHERE n.status = 'frozen' AND n.retired_at IS NULL
RETURN n.kind AS kind, n.id AS id, substring(n.text, 0, 120) AS text
ORDER BY n.uid
LIMIT 200
