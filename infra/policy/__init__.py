"""What must hold for a deployment: plain functions over the inventory of its resources."""
