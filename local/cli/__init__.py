"""`emailbuilder`: the command line."""

from local.cli.main import main

__all__ = ["main"]
