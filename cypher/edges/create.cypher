// create: new edges of one kind between nodes that are there; compare the count with the rows sent
// in   $rows [{start int, end int (the database's own ids), set map of properties}]; slot kind: edge type
// out  found int
// try  :param rows => [{start: 42, end: 43, set: {id: 'e_1', cube_id: 'handbook', weight: 1.0}}]
// Named one by one: an edge made whole is written once, one made and then set is moved to a larger place at commit.
UNWIND $rows AS r
MATCH (a:Memory) WHERE id(a) = r.start
MATCH (b:Memory) WHERE id(b) = r.end
CREATE (a)-[e:/*kind*/RELATED_TO/*kind*/ {
  id: r.set.id, cube_id: r.set.cube_id, from_id: r.set.from_id, to_id: r.set.to_id,
  discriminator: r.set.discriminator, weight: r.set.weight, created_by: r.set.created_by, evidence: r.set.evidence,
  info: r.set.info, created_at: r.set.created_at, retired_at: r.set.retired_at, valid_from: r.set.valid_from,
  valid_to: r.set.valid_to, version: r.set.version
}]->(b)
RETURN count(e) AS found
