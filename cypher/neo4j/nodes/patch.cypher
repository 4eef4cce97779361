// patch: some properties of some nodes, null removes one; vectors stay but for those given
//        (Neo4j: a node is found by its key, since id() is deprecated there and its numbers are used again;
//         vectors as float32, by a procedure: half the room of a list)
// in   $rows [{i int (from 0), ref string (cube#id), set map of properties}]; slot vectors: a CALL for each space
// out  ref: one row for each node written
// try  :param rows => [{i: 0, ref: 'handbook#n_1', set: {status: 'archived', version: 2}}]
UNWIND $rows AS r
MATCH (n:Memory {uid: r.ref})
SET n += r.set
WITH n, r /*vectors*/ /*vectors*/
RETURN r.ref AS ref
