"""Counts and the overview over HTTP."""
