"""How suspicious a payment is: velocity and score."""
