"""How much a passage reads like texts that asked agents for harm: a small linear model, its words and its weights."""
