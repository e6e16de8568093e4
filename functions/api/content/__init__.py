"""E-mails of a draft over HTTP."""
