"""How the job tells of itself: log and status."""
