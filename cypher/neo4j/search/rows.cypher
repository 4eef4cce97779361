// rows: some nodes that a scope sees, as recall looks at them, and how many edges they have
// in   $uids [string] (cube#id), $no_time int (for no valid_from); slot where: the scope's condition on n;
//      slot allowed: that of scope and filter
// out  one row of lists as long as each other: id, kind, valid_from int (us, UTC), length int, question, tells_when,
//      allowed bool, degree int
// try  :params {uids: ['handbook#n_1'], no_time: -1}
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
WHERE /*where*/ true /*where*/
RETURN collect(n.id) AS id, collect(n.kind) AS kind, collect(coalesce(n.valid_from, $no_time)) AS valid_from,
       collect(size(n.text)) AS length,
       collect(n.text CONTAINS '?' OR n.text CONTAINS '？' OR n.text CONTAINS '؟') AS question,
       collect(n.terms_when IS NOT NULL) AS tells_when, collect(coalesce(/*allowed*/ true /*allowed*/, false)) AS allowed,
       collect(COUNT { (n)--() }) AS degree
