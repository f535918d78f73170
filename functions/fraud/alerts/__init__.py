"""What others learn of a suspicious payment: alerts, their incidents, and the notifications about those."""
