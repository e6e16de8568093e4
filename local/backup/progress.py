"""How backups and restores tell what they are doing."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""What is being done, and which share of it is done; below 0 if that is not known."""
