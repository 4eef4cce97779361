// timeline: what is told of an entity, now and in earlier versions, from when until when it was so
// in   $cube string, $name string (an entity's name, any case)
// out  since int (us, UTC), until int (us, UTC), kind, id, text
// try  :params {cube: 'handbook', name: 'valve 7'}
MATCH (entity:Memory {cube_id: $cube, kind: 'Entity'})<-[e:MENTIONS]-(n:Memory)-[:SUPERSEDES*0..6]->(row:Memory)
WHERE toLower(entity.key) = toLower($name) AND n.retired_at IS NULL AND row.retired_at IS NULL
WITH DISTINCT row
RETURN row.valid_from AS since, row.valid_to AS until, row.kind AS kind, row.id AS id,
       substring(row.text, 0, 120) AS text
ORDER BY coalesce(row.valid_from, -9000000000000000), row.uid
LIMIT 200
