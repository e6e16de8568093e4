"""The embedded store: one SQLite file for all processes of one machine."""

from functions.adapters.sqlite.store import SqliteStore as SqliteStore
