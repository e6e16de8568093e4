"""Fakes of the world around the services: clock, broker, mail server.

Each keeps the guarantees of its port (functions/service/*/ports.py); the class documents what a
test may do beyond that (look at a queue, script an answer). `FakeWorld` combines them over the
embedded store in memory.
"""
