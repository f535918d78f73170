"""Channels: whom outside the product alerts are told."""
