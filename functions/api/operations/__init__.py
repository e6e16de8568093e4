"""Health, the system and dead letters over HTTP."""
