"""Stand-ins for the world around the services: clock, broker, mail server. Shipped as code.

Each keeps the promises of its port (functions/service/*/ports.py); what a test may do beyond that
(look at a queue, script an answer) is on the class itself. `FakeWorld` puts them together over
the embedded store in memory.
"""
