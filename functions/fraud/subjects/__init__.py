"""Data subjects: who is meant, and what is held on them."""
