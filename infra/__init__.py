"""The platform as a program, and the same shape on a laptop."""
