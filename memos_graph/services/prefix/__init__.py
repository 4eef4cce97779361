"""The memories that stand first in every prompt: chosen, laid out, kept true, warmed, counted."""
