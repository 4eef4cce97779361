// changed_since: the Changes of a cube since an instant, oldest first
// in   $cube string, $since int (us, UTC)
// out  seq int, at int (us, UTC), actor, reason, delta
// try  :params {cube: 'handbook', since: 1735689600000000}
MATCH (x:Change)
WHERE x.uid > $cube + '#' AND x.uid < $cube + '$' AND x.at >= $since
RETURN x.seq AS seq, x.at AS at, x.actor AS actor, x.reason AS reason, x.delta_id AS delta
ORDER BY x.seq
LIMIT 1000
