"""May this payment be charged? The attempt, and the answer."""
