"""The team stack, with its real servers."""
