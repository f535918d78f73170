"""Rules that the fraud team writes: their language, what they decide, how they would have done."""
