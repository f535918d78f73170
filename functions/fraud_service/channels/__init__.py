"""Channels: those outside the product who hear of alerts."""
