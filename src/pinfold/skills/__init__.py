"""What comes in: found, unpacked within bounds, parsed as hosts parse it, and digested."""
