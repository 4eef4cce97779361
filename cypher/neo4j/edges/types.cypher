// types: names of the edge types that the database has ever seen
// in   nothing
// out  kind
// try  :clear
CALL db.relationshipTypes() YIELD relationshipType
RETURN relationshipType AS kind
