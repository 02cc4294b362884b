"""The rules of Pinfold: YAML, and beside a few of them a module with their check."""
