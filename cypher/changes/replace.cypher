// replace: all properties of some Changes
// in   $rows [map of properties, each with the uid of a Change that is there]
// out  found int
// try  :param rows => [{uid: 'handbook#00000000000000000001', seq: 1, images: '[]'}]
UNWIND $rows AS r
MATCH (x:Change {uid: r.uid})
SET x = r
RETURN count(x) AS found
