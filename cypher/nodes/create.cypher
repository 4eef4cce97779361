// create: new nodes of one kind
// in   $rows [{i int (from 0), set map of properties}]; slot kind: label; slot vectors: ", n.v_SPACE = $v_SPACE[r.i]" for each space
// out  uid, ref: one row for each node made
// try  :param rows => [{i: 0, set: {uid: 'handbook#n_1', cube_id: 'handbook', id: 'n_1', kind: 'Passage', text: 'Shut it.'}}]
UNWIND $rows AS r
CREATE (n:Memory:/*kind*/Passage/*kind*/)
SET n = r.set /*vectors*/ /*vectors*/
RETURN n.uid AS uid, id(n) AS ref
