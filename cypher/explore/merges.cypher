// merges: what was merged into what
// in   $cube string
// out  whole, whole_text, part, part_text, part_status
// try  :params {cube: 'handbook'}
MATCH (part:Memory {cube_id: $cube})-[e:MERGED_INTO]->(whole:Memory)
WHERE e.retired_at IS NULL AND whole.retired_at IS NULL
RETURN whole.id AS whole, substring(whole.text, 0, 120) AS whole_text, part.id AS part,
       substring(part.text, 0, 120) AS part_text, part.status AS part_status
ORDER BY whole, part
LIMIT 200
