// tree: what a document, session or summary is made of, each part with the way up to it
// in   $cube string, $id string (of the root)
// out  depth int, kind, key, id, text
// try  :params {cube: 'handbook', id: 'doc_1'}
MATCH path = (root:Memory {uid: $cube + '#' + $id})<-[:PARENT*0..6]-(part:Memory)
WHERE part.retired_at IS NULL
RETURN length(path) AS depth, part.kind AS kind, part.key AS key, part.id AS id, substring(part.text, 0, 80) AS text
ORDER BY depth, part.uid
