"""The links in e-mails: tracking and unsubscribing."""
