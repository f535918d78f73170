"""The stages of a micro-batch: bytes in, settled and scored rows out."""
