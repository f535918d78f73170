"""The rule lab: tries rules out on stored history, from the command line; it is not deployed."""
