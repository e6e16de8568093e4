"""The HTTP API: it translates requests into use cases and their answers into JSON, no more."""
