"""Which memories stand first in every prompt, and as which bytes. Pure."""
