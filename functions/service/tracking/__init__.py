"""What readers do with e-mails: opens, clicks and unsubscriptions."""
