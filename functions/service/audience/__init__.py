"""Contacts: their addresses, and how files of them are read and imported."""
