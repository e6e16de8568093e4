"""What runs EmailBuilder on one's own machines."""
