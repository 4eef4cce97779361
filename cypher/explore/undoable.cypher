// undoable: the latest Changes of a cube with the id that `memos-graph undo` takes, newest first
// in   $cube string
// out  delta, seq int, at int (us, UTC), actor, reason
// try  :params {cube: 'handbook'}
MATCH (x:Change)
WHERE x.uid > $cube + '#' AND x.uid < $cube + '$'
RETURN x.delta_id AS delta, x.seq AS seq, x.at AS at, x.actor AS actor, x.reason AS reason
ORDER BY seq DESC
LIMIT 50
