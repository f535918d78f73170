"""An account as BigQuery knows it."""
