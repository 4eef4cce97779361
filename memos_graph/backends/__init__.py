"""A folder per store. Each knows the model and the ports, none knows a service."""
