"""What sentences ask for and forbid, read into acts. The door is `passage`."""
