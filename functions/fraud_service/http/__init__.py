"""HTTP as the functions speak it."""
