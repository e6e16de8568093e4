"""Leads walk: a batch is loaded, stepped, committed and dispatched."""
