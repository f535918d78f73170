"""What a classifier held back, and what is known of its worth."""
