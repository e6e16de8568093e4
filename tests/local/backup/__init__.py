"""Backups, and stores that were restored from them."""
