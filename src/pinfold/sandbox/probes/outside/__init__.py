"""What stands outside a sandbox while something is attempted within it, and sees whether the effect came about."""
