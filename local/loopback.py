"""The address at which only this machine can be reached."""

LOOPBACK = "127.0.0.1"
