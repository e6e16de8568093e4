"""The use cases, one verb per file. They know ports, never adapters."""
