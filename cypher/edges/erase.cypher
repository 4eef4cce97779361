// erase: remove edges, found through the nodes they start from
// in   $starts [{uid string, ids {edge id: true}}]
// out  found int
// try  :param starts => [{uid: 'handbook#n_1', ids: {e_1: true}}]
UNWIND $starts AS s
MATCH (a:Memory {uid: s.uid})-[e]->()
WHERE s.ids[e.id] IS NOT NULL
DELETE e
RETURN count(*) AS found
