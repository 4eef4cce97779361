// put: new Changes of a cube as they are, its counter left alone
// in   $rows [map of properties]
// out  found int
// try  :param rows => [{uid: 'handbook#00000000000000000001', seq: 1, images: '[]'}]
UNWIND $rows AS r
CREATE (x:Change)
SET x = r
RETURN count(x) AS found
