"""Requests as no client of ours would send them: schemathesis against the API of a fake world."""
