"""What a classifier decides, for people: what it held back, what it is worth."""
