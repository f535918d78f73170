"""The fraud score: the points of the flags that are raised, added and capped."""

MAX_SCORE = 100
HIGH_RISK_ABOVE = 60
"""A score above this is high risk, and raises an alert."""
