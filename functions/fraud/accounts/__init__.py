"""An account: its payments over time, and what it shares with others."""
