"""The streaming job's stages: one module each, composed by detect_fraud.py."""
