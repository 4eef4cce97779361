// steps: the best edge that a walk may take from some nodes to each new one at its other end
//        (Neo4j: one query a level, since each is a journey, and no row more than the walk needs)
// in   $starts [{uid string (cube#id), rank int (the smaller the better)}], $seen [string] (cube#id), $most int
//      slots left, right: "-" "->" (out), "<-" "-" (in) or "-" "-"; slot kinds: ":KIND|KIND" or nothing
//      slot near: condition on a; slot where: condition on e; slot far: condition on b
// out  here (id of the near node); edge, node (the far one): maps of their columns; times int (us, UTC), info JSON text
// try  :params {starts: [{uid: 'handbook#n_1', rank: 0}], seen: [], most: 100}
UNWIND $starts AS s
MATCH (a:Memory {uid: s.uid})/*left*/-/*left*/[e/*kinds*/ /*kinds*/]/*right*/-/*right*/(b:Memory)
WHERE /*near*/ true /*near*/ AND /*where*/ true /*where*/ AND /*far*/ true /*far*/ AND NOT b.uid IN $seen
WITH s.rank AS rank, a.id AS here, e, b
ORDER BY rank, e.id
WITH b, head(collect(e)) AS e, head(collect(here)) AS here
ORDER BY b.uid
LIMIT $most
RETURN here,
       e {.id, cube: e.cube_id, kind: type(e), .from_id, .to_id, .discriminator, .weight, .created_by, .evidence, .info,
          .created_at, .retired_at, .valid_from, .valid_to, .version} AS edge,
       b {.id, cube: b.cube_id, .kind, .text, .key, .status, .confidence, .tags, .usage, .sources, .info, .created_at,
          .updated_at, .retired_at, .valid_from, .valid_to, .version, .content_hash} AS node
