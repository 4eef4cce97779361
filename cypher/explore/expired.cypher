// expired: the records that expired memories of a cube left: whose, when and why, in info; no text
// in   $cube string
// out  id, at int (us, UTC), info JSON text
// try  :params {cube: 'handbook'}
MATCH (n:Memory {cube_id: $cube, kind: 'AuditRecord'})
WHERE n.retired_at IS NULL
RETURN n.id AS id, n.updated_at AS at, n.info AS info
ORDER BY at, id
LIMIT 200
