"""A team's stack on this machine: its servers and workers as children."""
