"""How messages reach Kafka, and what became of them."""
