"""Rules about what agents are told."""
