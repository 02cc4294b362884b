"""One reader a foreign format, each written once."""
