"""The content of e-mails: compiling them, and filling them in for a contact."""
