"""What people who write campaigns run into, played against a fresh system over its public API."""
