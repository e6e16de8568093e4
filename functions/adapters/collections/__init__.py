"""The collections off the state path, by area. Each is described once, for both stores."""
