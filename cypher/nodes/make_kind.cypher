// make_kind: let the database make what it needs for a kind of node, and leave no node
// in   slot kind: label
// out  nothing
// try  :clear
CREATE (n:Memory:/*kind*/Passage/*kind*/ {uid: '#'})
DELETE n
