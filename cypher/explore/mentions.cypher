// mentions: what mentions X, newest first
// in   $cube string, $name string (an entity's name, any case)
// out  entity, kind, id, text
// try  :params {cube: 'handbook', name: 'valve 7'}
MATCH (entity:Memory {cube_id: $cube, kind: 'Entity'})<-[e:MENTIONS]-(n:Memory)
WHERE toLower(entity.key) = toLower($name) AND e.retired_at IS NULL AND n.retired_at IS NULL
RETURN entity.key AS entity, n.kind AS kind, n.id AS id, substring(n.text, 0, 120) AS text
ORDER BY n.created_at DESC, n.uid
LIMIT 100
