"""Single leads and lists of leads: what happened to them, and what a person can do about it."""
