"""What readers do: opens, clicks and unsubscriptions."""
