"""The compose files on a real container engine: started, tested, and removed.

`python -m tests.compose.engine full` (`make test-compose`) unpacks an engine, makes the base
images, builds ours, and runs all steps of `full.py`. `short` runs the steps of `short.py` on cached
images. Everything runs in its own namespaces (`enclosure.py`), so that processes, mounts, bridges,
firewall rules and ports disappear with it; one folder is kept (`kept.py`).
"""
