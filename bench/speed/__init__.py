"""The speed of the whole system: floor and stack in one run and table, against real servers."""
