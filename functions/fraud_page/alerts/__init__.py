"""The live alerts: a feed from Redis, sent to every open page."""
