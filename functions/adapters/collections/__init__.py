"""The collections off the state path: each described once, for both stores, by area."""
