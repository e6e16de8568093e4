"""Sessions of browsers over HTTP."""
