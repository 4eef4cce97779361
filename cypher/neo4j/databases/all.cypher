// all: databases whose names begin with $start, a row for every server that has one; run it on the database system
// in   $start string
// out  name, id string: another once a database was dropped and made again
// try  :param start => 'memos-'
SHOW DATABASES YIELD name, databaseID, type
WHERE type = 'standard' AND name STARTS WITH $start
RETURN name, databaseID AS id
