// cosines: how close some nodes lie to a vector; those without a vector of that space are left out
// in   $uids [string] (cube#id), $vector [float]; slot space: property name v_SPACE
// out  one row of lists as long as each other: id, score float (0 to 1: half of 1 + cosine)
// try  :params {uids: ['handbook#n_1'], vector: [1.0, 0.0, 0.0, 0.0]}
UNWIND $uids AS uid
MATCH (n:Memory {uid: uid})
WHERE n./*space*/ v_main /*space*/ IS NOT NULL
RETURN collect(n.id) AS id, collect(vector.similarity.cosine(n./*space*/ v_main /*space*/, $vector)) AS score
