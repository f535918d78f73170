"""`make verify`: proves, by Kafka partition and offset, that everything received was stored once, and counted right."""
