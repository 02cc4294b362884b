"""The hostile corpus: every case is built from a seed into an empty folder, and none is kept in the repository."""
