// indexes: the indexes whose names are given, and how far they are
// in   $names [string]
// out  name, state, percent float, message (why it failed), options map
// try  :param names => ['memory_uid']
SHOW INDEXES YIELD name, state, populationPercent, failureMessage, options
WHERE name IN $names
RETURN name, state, populationPercent AS percent, failureMessage AS message, options
