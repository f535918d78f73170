"""What the stream remembers: ids and charges in immutable runs beside the checkpoint."""
