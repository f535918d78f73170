"""Looks for card data where none may be: `make scan-card-data`."""
