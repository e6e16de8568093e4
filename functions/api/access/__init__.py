"""Browser sessions over HTTP."""
