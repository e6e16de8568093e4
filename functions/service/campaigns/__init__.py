"""Campaigns: editing, publishing, launching, ending and reopening them."""
