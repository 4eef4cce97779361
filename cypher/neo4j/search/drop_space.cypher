// drop_space: remove the vector index of a space
// in   nothing; slot index: its name, space_SPACE
// out  nothing
// try  :clear
DROP INDEX /*index*/ space_main /*index*/ IF EXISTS
