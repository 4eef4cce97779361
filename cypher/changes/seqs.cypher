// seqs: the numbers of a cube's Changes in order
// in   $low, $high string (keys, exclusive)
// out  seq int
// try  :params {low: 'handbook#', high: 'handbook$'}
MATCH (x:Change)
WHERE x.uid > $low AND x.uid < $high
RETURN x.seq AS seq
ORDER BY x.uid
