"""The stack of a team: Celery on RabbitMQ, Redis, MongoDB or SQLite, any SMTP server."""
