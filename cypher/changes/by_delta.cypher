// by_delta: the Change that a Delta made
// in   $delta string (cube#delta id)
// out  a Change's columns; at int (us, UTC); images, present_nodes, present_edges JSON text
// try  :param delta => 'handbook#d_1'
MATCH (x:Change {delta_uid: $delta})
RETURN x.cube_id AS cube, x.seq AS seq, x.delta_id AS delta, x.actor AS actor, x.reason AS reason, x.at AS at,
       x.images AS images, x.present_nodes AS present_nodes, x.present_edges AS present_edges
