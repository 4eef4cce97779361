// create: a new cube
// in   $cube map of properties
// out  id
// try  :param cube => {id: 'handbook', cube_class: 'user', seq: 0}
CREATE (c:Cube)
SET c = $cube
RETURN c.id AS id
