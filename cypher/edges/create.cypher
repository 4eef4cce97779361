// create: new edges of one kind between nodes that are there; compare the count with the rows sent
// in   $rows [{start int, end int (the database's own ids), set map of properties}]; slot kind: edge type
// out  found int
// try  :param rows => [{start: 42, end: 43, set: {id: 'e_1', cube_id: 'handbook', weight: 1.0}}]
UNWIND $rows AS r
MATCH (a:Memory) WHERE id(a) = r.start
MATCH (b:Memory) WHERE id(b) = r.end
CREATE (a)-[e:/*kind*/RELATED_TO/*kind*/]->(b)
SET e = r.set
RETURN count(e) AS found
