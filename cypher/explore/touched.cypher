// touched: the Changes that wrote a node, oldest first, with who made them and why
// in   $cube string, $id string
// out  seq int, at int (us, UTC), actor, reason, delta
// try  :params {cube: 'handbook', id: 'n_1'}
MATCH (x:Change)
WHERE x.uid > $cube + '#' AND x.uid < $cube + '$' AND x.images CONTAINS '["' + $id + '","node"'
RETURN x.seq AS seq, x.at AS at, x.actor AS actor, x.reason AS reason, x.delta_id AS delta
ORDER BY x.seq
LIMIT 1000
