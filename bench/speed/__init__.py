"""How fast the whole thing is: one table, floor and stack in the same run, against real servers."""
