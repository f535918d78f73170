"""The servers, a module each."""
