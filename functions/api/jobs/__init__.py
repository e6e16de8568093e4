"""Stored jobs over HTTP."""
