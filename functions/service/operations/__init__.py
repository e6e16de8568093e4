"""Operating the system: health checks and dead letters."""
