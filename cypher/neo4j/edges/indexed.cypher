// indexed: the edge types that have an index by id
// in   nothing
// out  kind, state
// try  :clear
SHOW RANGE INDEXES YIELD entityType, labelsOrTypes, properties, state
WHERE entityType = 'RELATIONSHIP' AND properties = ['id']
RETURN labelsOrTypes[0] AS kind, state
