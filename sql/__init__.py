"""BigQuery tables and views, and the command that applies them."""
