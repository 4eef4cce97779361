// patch: some properties of edges, found through the nodes they start from; null removes one
// in   $starts [{uid string, sets {edge id: map of properties}}]
// out  found int
// try  :param starts => [{uid: 'handbook#n_1', sets: {e_1: {weight: 0.5, version: 2}}}]
UNWIND $starts AS s
MATCH (a:Memory {uid: s.uid})-[e]->()
WITH e, s.sets[e.id] AS changes
WHERE changes IS NOT NULL
SET e += changes
RETURN count(e) AS found
