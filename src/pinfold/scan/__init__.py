"""Lens 1, source: what a skill ships."""
