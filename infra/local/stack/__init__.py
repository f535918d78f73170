"""Components put together: started, kept whole, stopped."""
