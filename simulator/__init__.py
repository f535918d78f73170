"""Realistic payments and attacks, published through an idempotent Kafka producer."""
