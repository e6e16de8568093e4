"""Adapters translate between ports and the world; they never decide."""
