// make_space: the vector index of one space, over the nodes of all cubes that have it
// in   $options map; slot index: its name, space_SPACE; slot space: property name v_SPACE
// out  nothing
// try  :param options => {indexConfig: {`vector.dimensions`: 384, `vector.similarity_function`: 'cosine'}}
CREATE VECTOR INDEX /*index*/ space_main /*index*/ IF NOT EXISTS FOR (n:Memory) ON (n./*space*/ v_main /*space*/)
OPTIONS $options
