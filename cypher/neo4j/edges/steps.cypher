// steps: the best edge that a walk may take from some nodes to each new one at its other end
//        (Neo4j: one query a level, since each is a journey, and no row more than the walk needs)
// in   $starts [{uid string (cube#id), rank int (the smaller the better)}], $seen [string] (cube#id), $most int
//      slots left, right: "-" "->" (out), "<-" "-" (in) or "-" "-"; slot kinds: ":KIND|KIND" or nothing
//      slot near: condition on a; slot where: condition on e; slot far: condition on b
// out  here (id of the near node); edge, node (the far one): lists of their columns, as edge_of and node_of name them
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
       [e.id, e.cube_id, type(e), e.from_id, e.to_id, e.discriminator, e.weight, e.created_by, e.evidence, e.info,
        e.created_at, e.retired_at, e.valid_from, e.valid_to, e.version] AS edge,
       [b.id, b.cube_id, b.kind, b.text, b.key, b.status, b.confidence, b.tags, b.usage, b.sources, b.info, b.created_at,
        b.updated_at, b.retired_at, b.valid_from, b.valid_to, b.version, b.content_hash] AS node
