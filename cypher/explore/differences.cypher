// differences: rows of a cube that we came to hold, or ceased to hold, between two instants
// in   $cube string, $since int (us, UTC), $until int (us, UTC)
// out  what, at int (us, UTC), kind, id, text
// try  :params {cube: 'handbook', since: 1735689600000000, until: 1767225600000000}
MATCH (n:Memory {cube_id: $cube})
WHERE (n.updated_at > $since AND n.updated_at <= $until AND n.retired_at IS NULL)
   OR (n.updated_at <= $since AND n.retired_at > $since AND n.retired_at <= $until)
RETURN CASE WHEN n.retired_at IS NULL THEN 'held since' ELSE 'held until' END AS what,
       coalesce(n.retired_at, n.updated_at) AS at, n.kind AS kind, n.id AS id, substring(n.text, 0, 120) AS text
ORDER BY at, id
LIMIT 1000
