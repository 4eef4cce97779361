// create: a new, empty database, once this returns; nothing when it is there (Enterprise; on the database system)
// in   $name string
// out  address, state, message, success bool: every server that is to have it has it (under Cypher 25 no rows)
// try  :param name => 'memos-handbook-0123456789abcdef0123456789abcdef'
CREATE DATABASE $name IF NOT EXISTS WAIT
