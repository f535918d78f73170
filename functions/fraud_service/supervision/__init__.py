"""Keeps exactly one batch of the streaming job alive."""
