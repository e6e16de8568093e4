"""The runner behind `make test`: lanes of commands in parallel, each with its own log.

Only `__main__` knows the project; the rest runs wherever the standard library does.
"""
