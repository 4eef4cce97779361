// naming: a cube's Changes whose images may name one of these ids
// in   $low, $high string (keys, exclusive), $quoted [string] (ids as JSON text)
// out  seq int, images JSON text
// try  :params {low: 'handbook#', high: 'handbook$', quoted: ['"n_1"']}
MATCH (x:Change)
WHERE x.uid > $low AND x.uid < $high AND any(q IN $quoted WHERE x.images CONTAINS q)
RETURN x.seq AS seq, x.images AS images
