"""Card data becomes tokens: keys by version, and what is left of a card."""
