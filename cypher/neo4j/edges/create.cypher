// create: new edges of one kind between nodes that are there; compare the count with the rows sent
//         (Neo4j: a node is found by its key, since id() is deprecated there and its numbers are used again)
// in   $rows [{start, end string (cube#id), set map of properties}]; slot kind: edge type
// out  found int
// try  :param rows => [{start: 'handbook#n_1', end: 'handbook#n_2', set: {id: 'e_1', cube_id: 'handbook', weight: 1.0}}]
UNWIND $rows AS r
MATCH (a:Memory {uid: r.start})
MATCH (b:Memory {uid: r.end})
CREATE (a)-[e:/*kind*/RELATED_TO/*kind*/]->(b)
SET e = r.set
RETURN count(e) AS found
