// version: which migrations have been carried out
// in   nothing
// out  version int
// try  :clear
MATCH (s:Schema {id: 'memos_graph'})
RETURN s.version AS version
