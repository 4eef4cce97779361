// make_index: the index by which edges of one kind are found by id
// in   slot kind: edge type
// out  nothing
// try  :clear
CREATE INDEX IF NOT EXISTS FOR ()-[e:/*kind*/RELATED_TO/*kind*/]-() ON (e.id)
