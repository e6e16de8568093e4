"""The SMTP inbox of the local stack: mail kept on disk, read by programs and people."""
