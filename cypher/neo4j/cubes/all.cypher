// all: every cube
//      (Neo4j: several processes write, so a space that is being removed is noted where all of them see it)
// in   nothing
// out  a cube's columns; created_at int (us, UTC); spaces, settings JSON text; dropped: being removed; fading: spaces being removed
// try  :clear
MATCH (c:Cube)
RETURN c.id AS id, c.cube_class AS cube_class, c.spaces AS spaces, c.text_space AS text_space, c.settings AS settings,
       c.created_at AS created_at, c.seq AS seq, c.lineage AS lineage, c.dropped AS dropped,
       c.fading AS fading
