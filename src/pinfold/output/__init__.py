"""How results are written."""
