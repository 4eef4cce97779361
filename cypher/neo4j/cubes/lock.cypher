// lock: hold a cube's record until the transaction ends, and read it; writers of one cube take turns by this
// in   $id string
// out  a cube's columns; created_at int (us, UTC); spaces, settings JSON text; dropped: being removed; fading: spaces being removed
// try  :param id => 'handbook'
MATCH (c:Cube {id: $id})
SET c.held = true
WITH c
RETURN c.id AS id, c.cube_class AS cube_class, c.spaces AS spaces, c.text_space AS text_space, c.settings AS settings,
       c.created_at AS created_at, c.seq AS seq, c.lineage AS lineage, c.dropped AS dropped,
       c.fading AS fading
