"""The compose files on a real container engine: brought up, tried, and gone again.

`python -m tests.compose.engine full` (`make test-compose`) unpacks an engine, makes the images that
the files start from, builds ours, and plays the whole story of `full.py`. `short` plays the story
of `short.py` on images that are kept. Everything runs in namespaces of its own (`enclosure.py`),
so that processes, mounts, bridges, firewall rules and ports are gone with it; what is kept is in
one folder (`kept.py`).
"""
