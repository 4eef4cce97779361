// steps: the best edge that a walk may take from some nodes to each new one at its other end
//        (Neo4j: one query a level, since each is a journey, and no row more than the walk needs)
// in   $starts [{uid string (cube#id), rank int (the smaller the better)}], $seen [string] (cube#id), $most int
//      slots left, right: "-" "->" (out), "<-" "-" (in) or "-" "-"; slot kinds: ":KIND|KIND" or nothing
//      slot near: condition on a; slot where: condition on e; slot far: condition on b
// out  rank (of the near node), there (id of the far one), and an edge's columns; times int (us, UTC); info JSON text
// try  :params {starts: [{uid: 'handbook#n_1', rank: 0}], seen: [], most: 100}
UNWIND $starts AS s
MATCH (a:Memory {uid: s.uid})/*left*/-/*left*/[e/*kinds*/ /*kinds*/]/*right*/-/*right*/(b:Memory)
WHERE /*near*/ true /*near*/ AND /*where*/ true /*where*/ AND /*far*/ true /*far*/ AND NOT b.uid IN $seen
WITH s.rank AS rank, e, b
ORDER BY rank, e.id
WITH b, head(collect(e)) AS e, head(collect(rank)) AS rank
ORDER BY b.uid
LIMIT $most
RETURN rank, b.id AS there, e.id AS id, e.cube_id AS cube, type(e) AS kind, e.from_id AS from_id, e.to_id AS to_id,
       e.discriminator AS discriminator, e.weight AS weight, e.created_by AS created_by, e.evidence AS evidence,
       e.info AS info, e.created_at AS created_at, e.retired_at AS retired_at, e.valid_from AS valid_from,
       e.valid_to AS valid_to, e.version AS version
