"""How the system is: checks, dead letters."""
