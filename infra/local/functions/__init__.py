"""The functions, a module each."""
