"""Shell, batch files and the programs that they start, read into acts. The door is `script`."""
