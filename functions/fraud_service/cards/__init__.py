"""Cards: what is decided about each, and which have been erased."""
