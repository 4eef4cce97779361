// 001_constraints: one node for each key that the store looks things up by; the indexes that serve the look-ups
// in   nothing
// out  nothing
// try  :clear
CREATE CONSTRAINT schema_id IF NOT EXISTS FOR (s:Schema) REQUIRE s.id IS UNIQUE;
CREATE CONSTRAINT memory_uid IF NOT EXISTS FOR (n:Memory) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT change_uid IF NOT EXISTS FOR (c:Change) REQUIRE c.uid IS UNIQUE;
CREATE CONSTRAINT change_delta_uid IF NOT EXISTS FOR (c:Change) REQUIRE c.delta_uid IS UNIQUE;
CREATE CONSTRAINT cube_id IF NOT EXISTS FOR (c:Cube) REQUIRE c.id IS UNIQUE;
CREATE INDEX memory_cube IF NOT EXISTS FOR (n:Memory) ON (n.cube_id);
CREATE INDEX entity_cube IF NOT EXISTS FOR (n:Entity) ON (n.cube_id);
