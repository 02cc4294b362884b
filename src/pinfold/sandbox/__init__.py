"""Confines what runs: any program, under least privilege, without root, daemon or container."""
