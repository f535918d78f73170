"""Messages as bytes, and the truth about each."""
