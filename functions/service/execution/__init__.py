"""Moving leads: a batch of leads is loaded, stepped, committed and dispatched."""
