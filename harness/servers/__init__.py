"""The real servers that tests and benches run against, as children of this process.

Each is a context manager with a temporary folder and free ports, can be killed and started again
with its data on disk, and ends with its parent.
"""
