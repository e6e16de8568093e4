"""Seeded worlds of faults around the real executor and the real services.

A seed determines everything: flows, contacts, what the broker and the mail server do, which process
crashes at which write, and what people do in between. So a failing seed always fails again.
"""
