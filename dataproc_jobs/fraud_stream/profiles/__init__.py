"""What is usual for each account, as the job judges by it: read from the warehouse, kept in files, joined to rows."""
