"""What the program asks Pulumi for, told without an account, an engine or a network."""
