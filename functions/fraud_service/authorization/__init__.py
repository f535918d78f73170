"""What a payment gateway asks before it charges."""
