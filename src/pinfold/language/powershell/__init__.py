"""PowerShell: a linear reader of its grammar, and what its commands and classes do; the door is ``script``."""
