"""Real mail servers with limits, as relays of the product: what becomes of the mail?

`rows.py` has the table, one function per kind of relay; `stand.py` the servers and stacks;
`run.py` plays one campaign and reads what happened; `speed.py` compares with `smtp-source`.
"""
