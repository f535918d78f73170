"""What the classifier does, shown."""
