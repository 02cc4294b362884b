"""JavaScript and TypeScript become acts: ``program`` is the door."""
