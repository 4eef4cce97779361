"""Embedders behind one port: a local one that needs no network, and two that people bring."""
