"""The streaming job, and what starts it."""
