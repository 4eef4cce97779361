// seqs: how many Changes some cubes have had, and since when they are the cubes they are
// in   $cubes [string]
// out  id, seq int, lineage string, settings JSON text
// try  :param cubes => ['handbook']
MATCH (c:Cube)
WHERE c.id IN $cubes
RETURN c.id AS id, c.seq AS seq, c.lineage AS lineage, c.settings AS settings
