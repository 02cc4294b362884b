"""Check office documents."""

global_ids = {}  # Track globally unique IDs across all files


def seen(number, path):
    return global_ids.setdefault(number, path) != path
