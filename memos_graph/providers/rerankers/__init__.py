"""Rerankers behind one port: a local cross-encoder, and any /rerank endpoint. Without one, recall's order stands."""
