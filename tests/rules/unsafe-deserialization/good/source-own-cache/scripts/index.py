import pickle
from pathlib import Path

CACHE = Path("index.pkl")
papers = pickle.load(CACHE.open("rb")) if CACHE.exists() else {}
papers["a"] = "b"
CACHE.write_bytes(pickle.dumps(papers))
