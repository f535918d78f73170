"""What is blocked or allowed, shown and changed."""
