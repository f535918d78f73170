"""Episodes drawn from the seed: attacks, and habits that look like them."""
