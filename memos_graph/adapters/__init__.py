"""This engine behind other tools' interfaces, for those who come from there."""
