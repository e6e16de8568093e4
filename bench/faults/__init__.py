"""Faults done to real processes, and what became of every lead.

`python -m bench.faults` starts the team's stack as children of its own, launches campaigns, kills,
wipes, stops and misbehaves by a seeded schedule, and then asks the mail server's ledger, the store
and the logs whether each promise was kept. Production code has no hook for any of this: what kills
a worker at a named point wraps the ports it is composed of.
"""
