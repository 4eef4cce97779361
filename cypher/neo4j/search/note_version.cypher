// note_version: that a migration has been carried out
// in   $version int
// out  version int
// try  :param version => 1
MERGE (s:Schema {id: 'memos_graph'})
SET s.version = CASE WHEN coalesce(s.version, 0) < $version THEN $version ELSE s.version END
RETURN s.version AS version
