// clear: remove some of a cube's Changes; run it until it finds none
// in   $low, $high string (keys, exclusive), $limit int
// out  found int
// try  :params {low: 'handbook#', high: 'handbook$', limit: 1000}
MATCH (x:Change)
WHERE x.uid > $low AND x.uid < $high
WITH x LIMIT $limit
DELETE x
RETURN count(*) AS found
