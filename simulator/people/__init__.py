"""The people who pay, and what they pay with."""
