"""The probes by what they are aimed at: one table a module, joined by ``suite``."""
