"""Rules: their record, what they decide about alerts, the desk that changes them."""
