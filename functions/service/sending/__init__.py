"""Sending messages: rate limits, the circuit breaker, claims, delivery to a mail server."""
