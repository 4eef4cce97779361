// make_kind: let the database make what it needs for a kind of edge, and leave nothing
// in   slot kind: edge type
// out  nothing
// try  :clear
CREATE (a:Cube {id: '#'})-[e:/*kind*/RELATED_TO/*kind*/]->(b:Cube {id: '##'})
DETACH DELETE a, b
