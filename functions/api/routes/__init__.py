"""The routes, one file a subject. Each calls one use case and says what came of it."""
