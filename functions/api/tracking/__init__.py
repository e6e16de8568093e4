"""What readers of e-mails open."""
