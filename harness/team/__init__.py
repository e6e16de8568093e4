"""A team's stack on this machine, with its servers and workers as child processes."""
