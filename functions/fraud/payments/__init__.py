"""A payment as it arrives: its event, its card number, its money, its clock."""
