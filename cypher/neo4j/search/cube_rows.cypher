// cube_rows: every node of a cube that a scope sees, as recall looks at it
// in   $cube string, $vector [float] or null, $no_time int (for no valid_from); slot space: property name v_SPACE;
//      slot where: the scope's condition on n; slot allowed: that of scope and filter
// out  one row of lists as long as each other: id, kind, valid_from int (us, UTC), length int, question, tells_when,
//      allowed bool, score float (0 to 1, -1: none)
// try  :params {cube: 'handbook', vector: null, no_time: -1}
MATCH (n:Memory)
WHERE n.cube_id = $cube AND /*where*/ true /*where*/
RETURN collect(n.id) AS id, collect(n.kind) AS kind, collect(coalesce(n.valid_from, $no_time)) AS valid_from,
       collect(size(n.text)) AS length,
       collect(n.text CONTAINS '?' OR n.text CONTAINS '？' OR n.text CONTAINS '؟') AS question,
       collect(n.terms_when IS NOT NULL) AS tells_when, collect(coalesce(/*allowed*/ true /*allowed*/, false)) AS allowed,
       collect(CASE WHEN $vector IS NULL OR n./*space*/ v_main /*space*/ IS NULL THEN -1.0
                    ELSE vector.similarity.cosine(n./*space*/ v_main /*space*/, $vector) END) AS score
