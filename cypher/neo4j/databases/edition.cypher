// edition: which Neo4j this is (the database system takes no WHERE here)
// in   nothing
// out  name, edition: community or enterprise, for each component that has one
// try  :clear
CALL dbms.components() YIELD name, edition
RETURN name, edition
