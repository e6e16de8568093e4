"""The flow core decides what a lead does next. Pure: no I/O, no clock, no randomness."""
