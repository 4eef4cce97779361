// drop: remove a database with all in it; an error when it is not there (Enterprise; on the database system)
// in   $name string
// out  address, state, message, success bool: it is gone from every server (under Cypher 25 no rows)
// try  :param name => 'memos-handbook-0123456789abcdef0123456789abcdef'
DROP DATABASE $name WAIT
