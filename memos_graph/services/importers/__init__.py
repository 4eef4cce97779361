"""Take in what other tools have written: a file a format, all checked before anything is written."""
