"""The live page of the fraud team: one reader of the Redis stream for all open pages, and what they show."""
