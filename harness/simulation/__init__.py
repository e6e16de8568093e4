"""Seeded worlds of faults around the real executor and the real services.

A seed decides everything: flows, contacts, what the broker and the mail server do, who crashes at
which write, what people do in between. A failing seed fails again.
"""
