"""Rules about hiding itself."""
