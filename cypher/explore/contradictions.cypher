// contradictions: pairs of a cube's memories that are marked as saying opposite things, not yet resolved
// in   $cube string
// out  one, one_text, other, other_text, evidence
// try  :params {cube: 'handbook'}
MATCH (a:Memory {cube_id: $cube})-[e:CONFLICTS_WITH]->(b:Memory)
WHERE e.retired_at IS NULL AND a.retired_at IS NULL AND b.retired_at IS NULL
  AND a.status IN ['generated', 'activated', 'frozen'] AND b.status IN ['generated', 'activated', 'frozen']
RETURN a.id AS one, substring(a.text, 0, 120) AS one_text, b.id AS other, substring(b.text, 0, 120) AS other_text,
       e.evidence AS evidence
ORDER BY one, other
LIMIT 200
