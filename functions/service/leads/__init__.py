"""Single leads and lists of them: what happened, and what a person may do about it."""
