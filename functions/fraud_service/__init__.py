"""The functions' edges: HTTP, Pub/Sub pushes, Firestore, Redis and BigQuery; what `main.py` of each function wires."""
