"""Erasure requests: taken at the desk, worked through, closed by a receipt."""
