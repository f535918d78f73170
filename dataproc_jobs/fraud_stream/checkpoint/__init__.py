"""What the job keeps beside its checkpoint."""
