"""What others learn of a suspicious payment: alerts, their incidents, what is told of those."""
