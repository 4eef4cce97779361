// spaces: the vector spaces that each cube has
// in   nothing
// out  cube, spaces JSON text: [[name, model, dimension]]
// try  :clear
MATCH (c:Cube)
RETURN c.id AS cube, c.spaces AS spaces
ORDER BY cube
