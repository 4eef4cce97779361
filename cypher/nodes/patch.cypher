// patch: some properties of some nodes, null removes one; vectors stay but for those given
// in   $rows [{i int (from 0), ref int, set map of properties}]; slot vectors: ", n.v_SPACE = $v_SPACE[r.i]" for each space
// out  ref: one row for each node written
// try  :param rows => [{i: 0, ref: 42, set: {status: 'archived', version: 2}}]
UNWIND $rows AS r
MATCH (n:Memory)
WHERE id(n) = r.ref
SET n += r.set /*vectors*/ /*vectors*/
RETURN id(n) AS ref
