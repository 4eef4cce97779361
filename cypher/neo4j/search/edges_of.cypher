// edges_of: the edges that leave or arrive at some nodes, each once, as recall looks at them
//           (columns as lists: thousands of rows take the driver five times as long)
// in   $uids [string] (cube#id); slot where: condition on e
// out  one row of lists as long as each other: id, kind, from_id, to_id, weight float
// try  :param uids => ['handbook#n_1']
UNWIND $uids AS uid
MATCH (:Memory {uid: uid})-[e]-(:Memory)
WHERE /*where*/ true /*where*/
WITH DISTINCT e
RETURN collect(e.id) AS id, collect(type(e)) AS kind, collect(e.from_id) AS from_id, collect(e.to_id) AS to_id,
       collect(e.weight) AS weight
