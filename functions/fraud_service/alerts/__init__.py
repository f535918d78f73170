"""Alerts: each recorded once, and published where it is news."""
