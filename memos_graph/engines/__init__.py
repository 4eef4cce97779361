"""Pure functions over `model`: no store, no model, no clock, no disk."""
