"""The classifier: what a payment's features are, how probable they make fraud, and what that lets through."""
