"""The use cases, one verb a file. They know ports, never adapters."""
