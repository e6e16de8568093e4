"""The tables, and the migrations from earlier versions.

Each table keeps its records as JSON, next to the columns that queries need. If a field is in both,
the column counts. Times are milliseconds since 1970. Every index makes imports slower, so each
names the method that needs it. STRICT: a value of a wrong type is a defect and raises.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from typing import Any

from functions.adapters.collections.table import Collection
from functions.adapters.sqlite.database import Reading, Writing
from functions.adapters.sqlite.table import definitions
from functions.adapters.store_version import check_not_newer, check_version
from functions.service.access.records import DEFAULT_WORKSPACE


def _iso(column: str) -> str:
    """SQL that turns milliseconds into the text used in documents. NULL stays NULL."""
    return (
        f"strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000, 'unixepoch') || "
        f"printf('.%03dZ', {column} % 1000)"
    )


_FIRST = (
    """CREATE TABLE campaigns (
        campaign_id TEXT NOT NULL PRIMARY KEY,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        document TEXT NOT NULL) STRICT""",
    # page, with_status
    "CREATE INDEX campaigns_age ON campaigns (created_at, campaign_id)",
    "CREATE INDEX campaigns_status ON campaigns (status, campaign_id)",
    """CREATE TABLE versions (
        campaign_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (campaign_id, version)) STRICT""",
    """CREATE TABLE contacts (
        campaign_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        email_key TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (campaign_id, seq)) STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX contacts_email ON contacts (campaign_id, email_key)",
    """CREATE TABLE uploads (
        upload_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        rows TEXT NOT NULL,
        PRIMARY KEY (upload_id, number)) STRICT""",
    # abandoned, without reading the rows themselves
    "CREATE INDEX uploads_age ON uploads (upload_id, at)",
    """CREATE TABLE leads (
        lead_id TEXT NOT NULL PRIMARY KEY,
        campaign_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        email TEXT NOT NULL,
        status TEXT NOT NULL,
        state TEXT NOT NULL,
        node TEXT,
        due_at INTEGER,
        lease_until INTEGER,
        undrained_at INTEGER,
        revision INTEGER NOT NULL,
        token TEXT,
        document TEXT NOT NULL,
        outbox TEXT,
        records TEXT) STRICT""",
    # page
    "CREATE UNIQUE INDEX leads_seq ON leads (campaign_id, seq)",
    # page by status, recount
    "CREATE INDEX leads_status ON leads (campaign_id, status, seq)",
    # page by node, with or without a status; leads that are at no node yet are not in it
    "CREATE INDEX leads_node ON leads (campaign_id, node, status, seq) WHERE node IS NOT NULL",
    # page by e-mail
    "CREATE INDEX leads_email ON leads (campaign_id, email, seq)",
    # take_due, oldest_due; in_flight; undrained
    "CREATE INDEX leads_due ON leads (campaign_id, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX leads_lease ON leads (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX leads_undrained ON leads (undrained_at) WHERE undrained_at IS NOT NULL",
    """CREATE TABLE messages (
        key TEXT NOT NULL PRIMARY KEY,
        campaign_id TEXT NOT NULL,
        lead_id TEXT NOT NULL,
        node_id TEXT NOT NULL,
        visit INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        recipient TEXT NOT NULL,
        state TEXT NOT NULL,
        token TEXT NOT NULL,
        lease_until INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        first_try_at INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        retry_at INTEGER,
        words TEXT NOT NULL,
        resolution TEXT) STRICT, WITHOUT ROWID""",
    # page, of all states or one; recount
    "CREATE INDEX messages_state ON messages (campaign_id, state, key)",
    # of_lead
    "CREATE INDEX messages_lead ON messages (lead_id, first_try_at, key)",
    # turned_late: nearly always empty
    """CREATE INDEX messages_late ON messages (retry_at, key)
        WHERE state = 'sent' AND retry_at IS NOT NULL""",
    """CREATE TABLE hits (
        hit_id TEXT NOT NULL PRIMARY KEY,
        lead_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        look_at INTEGER,
        document TEXT NOT NULL) STRICT""",
    # of_leads; unsettled
    "CREATE INDEX hits_lead ON hits (lead_id, at, hit_id)",
    "CREATE INDEX hits_look ON hits (look_at, hit_id) WHERE look_at IS NOT NULL",
    """CREATE TABLE journal (
        key TEXT NOT NULL PRIMARY KEY,
        campaign_id TEXT NOT NULL,
        lead_id TEXT,
        revision INTEGER NOT NULL,
        at INTEGER NOT NULL,
        is_rolled INTEGER NOT NULL,
        document TEXT NOT NULL) STRICT""",
    # of_lead; unrolled; the records without a lead, when a campaign is deleted
    """CREATE INDEX journal_lead ON journal (lead_id, at, revision, key)
        WHERE lead_id IS NOT NULL""",
    "CREATE INDEX journal_unrolled ON journal (campaign_id) WHERE is_rolled = 0",
    "CREATE INDEX journal_leadless ON journal (campaign_id) WHERE lead_id IS NULL",
    """CREATE TABLE counts (
        campaign_id TEXT NOT NULL PRIMARY KEY,
        revision INTEGER NOT NULL,
        document TEXT NOT NULL) STRICT""",
    """CREATE TABLE suppressions (
        email_key TEXT NOT NULL PRIMARY KEY,
        document TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE jobs (
        job_id TEXT NOT NULL PRIMARY KEY,
        campaign_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        lease_until INTEGER,
        token TEXT,
        document TEXT NOT NULL) STRICT""",
    # page; take
    "CREATE INDEX jobs_campaign ON jobs (campaign_id, created_at, job_id)",
    """CREATE INDEX jobs_waiting ON jobs (campaign_id, created_at, job_id)
        WHERE state = 'waiting'""",
    """CREATE TABLE answers (
        key TEXT NOT NULL PRIMARY KEY,
        at INTEGER NOT NULL,
        status INTEGER NOT NULL,
        document TEXT NOT NULL) STRICT""",
    # expire
    "CREATE INDEX answers_age ON answers (at)",
    # ping
    "CREATE TABLE pulse (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT",
)

_ACCOUNTS = (
    """CREATE TABLE accounts (
        account TEXT NOT NULL PRIMARY KEY,
        revision INTEGER NOT NULL,
        document TEXT NOT NULL) STRICT""",
)

_OUTCOMES = (
    # outcome_since; older counts lack the field and are not in the index
    "CREATE INDEX counts_outcome ON counts (json_extract(document, '$.last_outcome_hour'))",
)

_LEADS_OF_METRICS = (
    # leads_sent; leads_tracked, which has only the records of tracking events
    """CREATE INDEX messages_sent ON messages (campaign_id, node_id, lead_id)
        WHERE state = 'sent'""",
    """CREATE INDEX journal_hits ON journal (campaign_id,
        json_extract(document, '$.entries[0].node_id'),
        json_extract(document, '$.entries[0].detail.what'), lead_id)
        WHERE revision = 0 AND lead_id IS NOT NULL""",
)

_WHOLE_DOCUMENTS = (
    "ALTER TABLE versions RENAME TO flow_versions",
    "ALTER TABLE counts ADD COLUMN last_outcome_hour TEXT NOT NULL DEFAULT ''",
    """UPDATE counts SET last_outcome_hour =
        coalesce(json_extract(document, '$.last_outcome_hour'), '')""",
    "DROP INDEX counts_outcome",
    "CREATE INDEX counts_outcome ON counts (last_outcome_hour DESC, campaign_id)",
    "DROP INDEX answers_age",
    "CREATE INDEX answers_age ON answers (at, key)",
    # Before, a lease was only in the columns.
    f"""UPDATE jobs SET document = json_set(
        document, '$.token', token, '$.lease_until', {_iso("lease_until")})
        WHERE token IS NOT NULL AND json_valid(document)""",  # noqa: S608 (own words)
    # Before, rows had their own column. They are not parsed, so that any JSON is preserved.
    """CREATE TABLE upload_pages (
        upload_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (upload_id, number)) STRICT""",
    f"""INSERT INTO upload_pages SELECT upload_id, number, at,
        '{{"upload_id":' || json_quote(upload_id) || ',"number":' || number ||
        ',"at":' || json_quote({_iso("at")}) || ',"rows":' || rows || '}}' FROM uploads""",  # noqa: S608
    "DROP TABLE uploads",
    "ALTER TABLE upload_pages RENAME TO uploads",
    "CREATE INDEX uploads_age ON uploads (upload_id, at, number)",
)

_DEFAULT = json.dumps({"workspace_id": DEFAULT_WORKSPACE})
_IN_DOCUMENT = f"'{_DEFAULT[:-1]},' || substr(document, 2)"
"""The document with its workspace as the first key. It is not parsed, so nothing else changes."""

_WORKSPACES = (
    *(
        statement
        for table in ("campaigns", "contacts", "uploads", "jobs", "counts")
        for statement in (
            f"""ALTER TABLE {table}
                ADD COLUMN workspace_id TEXT NOT NULL DEFAULT '{DEFAULT_WORKSPACE}'""",
            f"UPDATE {table} SET document = {_IN_DOCUMENT}",  # noqa: S608 (own words)
        )
    ),
    "DROP INDEX campaigns_age",
    # page; with_status, tally
    "CREATE INDEX campaigns_recent ON campaigns (workspace_id, created_at, campaign_id)",
    "CREATE INDEX campaigns_workspace ON campaigns (workspace_id, status, campaign_id)",
    "DROP INDEX counts_outcome",
    """CREATE INDEX counts_recent ON counts
        (workspace_id, last_outcome_hour DESC, campaign_id)""",
    """CREATE TABLE workspace_suppressions (
        workspace_id TEXT NOT NULL,
        email_key TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace_id, email_key)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE workspace_answers (
        workspace_id TEXT NOT NULL,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        status INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace_id, key)) STRICT""",
    """CREATE TABLE workspace_accounts (
        workspace_id TEXT NOT NULL,
        account TEXT NOT NULL,
        revision INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace_id, account)) STRICT""",
    *(
        statement
        for table, fields in (
            ("suppressions", "email_key"),
            ("answers", "key, at, status"),
            ("accounts", "account, revision"),
        )
        for statement in (
            f"""INSERT INTO workspace_{table} (workspace_id, {fields}, document)
                SELECT '{DEFAULT_WORKSPACE}', {fields}, {_IN_DOCUMENT} FROM {table}""",  # noqa: S608
            f"DROP TABLE {table}",
            f"ALTER TABLE workspace_{table} RENAME TO {table}",
        )
    ),
    "CREATE INDEX answers_age ON answers (at, workspace_id, key)",
)

# created_at_anywhere
_CREATED = ("CREATE INDEX campaigns_created ON campaigns (created_at, campaign_id)",)

# change, delete
_CONTACT_REVISIONS = ("ALTER TABLE contacts ADD COLUMN revision INTEGER NOT NULL DEFAULT 1",)

_LEADS_BY_VERSION = (
    # recount
    "ALTER TABLE leads ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
    # Not parsed: an attribute may be an infinite number, which is not JSON. No text contains the
    # quotes of this key unescaped, and the attributes before it end with the brace.
    """UPDATE leads SET version = CAST(substr(document,
        instr(document, '},"flow_version":') + length('},"flow_version":')) AS INTEGER)
        WHERE instr(document, '},"flow_version":') > 0""",
    # The leads are where they are now, whichever of their records are rolled up.
    """INSERT INTO counts (campaign_id, workspace_id, revision, document)
        SELECT campaign_id, workspace_id, 1, json_object('workspace_id', workspace_id,
            'campaign_id', campaign_id, 'revision', 1)
        FROM campaigns WHERE campaign_id IN (SELECT campaign_id FROM leads)
        ON CONFLICT DO NOTHING""",
    """UPDATE counts SET document = json_set(document, '$.values',
        json_patch(coalesce(json_extract(document, '$.values'), '{}'),
            (SELECT json_group_object(
                'in/' || version || '/' || state || '/' || coalesce(node, ''), number)
            FROM (SELECT version, state, node, count(*) AS number FROM leads
                WHERE leads.campaign_id = counts.campaign_id
                AND status IN ('pending', 'running', 'paused') GROUP BY version, state, node))))""",
)

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("made the tables and indexes", _FIRST),
    ("made the table of sending accounts", _ACCOUNTS),
    ("made the index of campaigns whose mail had an outcome lately", _OUTCOMES),
    ("made the indexes of the leads of a metric", _LEADS_OF_METRICS),
    ("made whole documents of uploads and of leased jobs", _WHOLE_DOCUMENTS),
    ("moved everything into the workspace default", _WORKSPACES),
    ("made the index of campaigns by the time of their creation", _CREATED),
    ("gave contacts revisions", _CONTACT_REVISIONS),
    ("counted leads by flow version", _LEADS_BY_VERSION),
)
"""For each migration what was done, in words, and the statements. Only append to it: `user_version`
is the number of migrations that a file has seen. A new collection needs no migration, because its
table is created if it is missing."""


def migrate(writing: Writing, collections: Sequence[Collection[Any]]) -> list[str]:
    """Runs in one transaction, so that two processes that start together migrate only once. Raises
    NewerStoreError."""
    done = []
    for description, statements in MIGRATIONS[_seen(writing) :]:
        for statement in statements:
            writing.rows(statement)
        done.append(description)
    writing.rows(f"PRAGMA user_version = {len(MIGRATIONS)}")
    for _, description, statement in _missing(writing, collections):
        writing.rows(statement)
        done.append(description)
    return done


def unmigrated(reading: Reading, collections: Sequence[Collection[Any]]) -> list[str]:
    """Raises NewerStoreError."""
    steps = [description for description, _ in MIGRATIONS[_seen(reading) :]]
    by_steps = _made_by_steps() if steps else frozenset()
    missing = _missing(reading, collections)
    return steps + [description for name, description, _ in missing if name not in by_steps]


@cache
def _made_by_steps() -> frozenset[str]:
    """The tables and indexes that exist once all migrations are done."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for _, statements in MIGRATIONS:
            for statement in statements:
                connection.execute(statement)
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    return frozenset(name for (name,) in names)


def _missing(
    reading: Reading, collections: Sequence[Collection[Any]]
) -> list[tuple[str, str, str]]:
    """(name, words, statement) of each missing table and index."""
    there = {row[0] for row in reading.rows("SELECT name FROM sqlite_master")}
    return [
        (name, f"made {name}", statement)
        for collection in collections
        for name, statement in definitions(collection).items()
        if name not in there
    ]


def check(reading: Reading) -> None:
    """Raises OlderStoreError, NewerStoreError."""
    check_version(_version(reading), len(MIGRATIONS))


def _seen(reading: Reading) -> int:
    """Raises NewerStoreError."""
    version = _version(reading)
    check_not_newer(version, len(MIGRATIONS))
    return version


def _version(reading: Reading) -> int:
    (version,) = reading.row("PRAGMA user_version") or (0,)
    return int(version)
