"""The embedded store: one SQLite file for all processes of a machine."""

from functions.adapters.sqlite.store import SqliteStore as SqliteStore
