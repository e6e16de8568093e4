"""Backups of the store and of the keys that belong to it."""
