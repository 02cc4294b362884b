"""Markdown cut into blocks and regions, and the part that words play there. The door is `blocks`."""
