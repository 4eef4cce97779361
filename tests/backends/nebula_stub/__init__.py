"""A stand-in for graphd: our reading of NebulaGraph's scanner and grammar, over its real thrift protocol.

It runs the few statements that the nebula backend sends, in memory. It is ours, so it proves nothing about NebulaGraph
itself: only that the backend and this reading of its grammar agree, and how the backend takes answers and failures.
"""
