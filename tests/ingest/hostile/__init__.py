"""Input made to hurt: attackers that sit in a worker, and files that attack parsers. Made by code, kept nowhere."""
