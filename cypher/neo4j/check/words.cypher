// words: what text search reads of a cube's nodes, beside what it is made from, in order of keys
// in   $low, $high string (keys, exclusive), $limit int; slot words: the property that holds them
// out  uid, key, text, words
// try  :params {low: 'handbook#', high: 'handbook$', limit: 10}
MATCH (n:Memory)
WHERE n.uid > $low AND n.uid < $high
RETURN n.uid AS uid, n.key AS key, n.text AS text, n./*words*/ terms_000 /*words*/ AS words
ORDER BY n.uid
LIMIT $limit
