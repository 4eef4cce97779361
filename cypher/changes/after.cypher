// after: a cube's Changes in order, from one on
// in   $low, $high string (keys, exclusive), $limit int
// out  a Change's columns; at int (us, UTC); images, present_nodes, present_edges JSON text
// try  :params {low: 'handbook#00000000000000000000', high: 'handbook$', limit: 10}
MATCH (x:Change)
WHERE x.uid > $low AND x.uid < $high
RETURN x.cube_id AS cube, x.seq AS seq, x.delta_id AS delta, x.actor AS actor, x.reason AS reason, x.at AS at,
       x.images AS images, x.present_nodes AS present_nodes, x.present_edges AS present_edges
ORDER BY x.uid
LIMIT $limit
