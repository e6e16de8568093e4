"""The real servers that tests and benches run against, as children of this process.

Each is a context manager over a temporary folder and free ports, may be killed and started again
with what it had on disk, and ends with its parent.
"""
