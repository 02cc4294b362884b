"""Text and code turned into layers and acts. No I/O: bytes and text in, model words out."""
