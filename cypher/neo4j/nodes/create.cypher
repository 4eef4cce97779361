// create: new nodes of one kind
//         (Neo4j: a node is found again by its key, since id() is deprecated there and its numbers are used again;
//         vectors as float32, by a procedure: half the room of a list)
// in   $rows [{i int (from 0), set map of properties}]; slot kind: label; slot vectors: a CALL for each space
// out  uid, ref (the key): one row for each node made
// try  :param rows => [{i: 0, set: {uid: 'handbook#n_1', cube_id: 'handbook', id: 'n_1', kind: 'Passage', text: 'Shut it.'}}]
UNWIND $rows AS r
CREATE (n:Memory:/*kind*/Passage/*kind*/)
SET n = r.set
WITH n, r /*vectors*/ /*vectors*/
RETURN r.set.uid AS uid, r.set.uid AS ref
