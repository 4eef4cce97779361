"""Pictures of a part of a graph: where cards stand (layout), how they look (picture), what a search walked (ways)."""
