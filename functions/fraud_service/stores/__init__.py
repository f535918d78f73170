"""Firestore, Redis, BigQuery and Kafka as the functions ask them."""
