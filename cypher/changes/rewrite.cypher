// rewrite: put other images into some Changes
// in   $rows [{uid string, images string}]
// out  found int
// try  :param rows => [{uid: 'handbook#00000000000000000001', images: '[]'}]
UNWIND $rows AS r
MATCH (x:Change {uid: r.uid})
SET x.images = r.images
RETURN count(x) AS found
