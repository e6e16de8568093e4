"""What runs without a request: the sweep, stored jobs and deliveries from the queues."""
