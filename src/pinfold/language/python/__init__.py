"""Python source, read into acts. The door is `program`."""
