// keys: keys of a cube's nodes in order, from one key on
// in   $low (inclusive), $high string (exclusive), $limit int
// out  uid
// try  :params {low: 'handbook#', high: 'handbook$', limit: 10}
MATCH (n:Memory)
WHERE n.uid >= $low AND n.uid < $high
RETURN n.uid AS uid
ORDER BY n.uid
LIMIT $limit
