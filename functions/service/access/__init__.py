"""Workspaces, and later who may do what in them."""
