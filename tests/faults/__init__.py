"""Faults in real processes, each followed by the proof of `make verify`."""
