"""The demo: its contacts and flow, the readers it plays, and the checker that judges it."""
