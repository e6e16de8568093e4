"""Messages go out: limits, the breaker, claims, the hand-over to a mail server."""
