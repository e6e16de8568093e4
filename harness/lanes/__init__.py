"""The runner behind `make test`: lanes of commands at once, each with a log of its own.

It knows nothing of the project but what `__main__` says, and may run anywhere the standard
library does.
"""
