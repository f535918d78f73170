"""What every store holds on a data subject, and the report of it."""
