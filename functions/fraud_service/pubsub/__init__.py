"""Pub/Sub: what is pushed to the functions, and what they publish."""
