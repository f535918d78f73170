"""Erasures: a request from its acceptance to its receipt."""
