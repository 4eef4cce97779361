"""What the engine speaks of, as frozen data. Knows nothing of stores, models or clocks."""
