"""Contacts and suppressed addresses, and how files of contacts are read and imported."""
