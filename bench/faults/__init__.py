"""Injects faults into real processes and checks what became of every lead.

`python -m bench.faults` starts the team's stack as child processes, launches campaigns, kills,
wipes, stops and misbehaves on a seeded schedule, and then checks every guarantee against the mail
server's ledger, the store and the logs. Production code contains no hook for this: the code that
kills a worker at a named point wraps the worker's ports.
"""
