"""How the system fares."""
