"""What runs by itself: the sweep, stored jobs, deliveries from the queues."""
