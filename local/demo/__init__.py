"""The demo: its contacts and flow, its simulated readers, and the checker of its result."""
