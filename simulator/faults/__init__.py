"""What goes wrong with messages."""
