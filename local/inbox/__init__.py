"""The SMTP inbox of the local stack: keeps mail on disk, for programs and people to read."""
