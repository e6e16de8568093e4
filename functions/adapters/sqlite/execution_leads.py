"""Leads as they move: enrol, commit, drain, lease."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from functions.adapters.documents import (
    dump_effects,
    dump_json,
    dump_records,
    load_effects,
    load_json,
    load_records,
)
from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Reading, Row, Value, Writing
from functions.adapters.sqlite.execution_lead_pages import LeadPages
from functions.flow.lead import Lead
from functions.mail.address import email_key
from functions.service.execution.records import Commit, Due, StoredLead

COLUMNS = "document, lease_until, outbox, records"
"""The columns that `stored_lead` reads."""

_ENROL = """INSERT INTO leads
    (lead_id, campaign_id, seq, email, status, state, node, version, due_at, revision, document)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""

_COMMIT = """UPDATE leads SET
    status = ?, state = ?, node = ?, version = ?, due_at = ?, lease_until = ?, undrained_at = ?,
    revision = ?, token = ?, document = ?, outbox = ?, records = ?
    WHERE lead_id = ? AND revision = ?"""

_DRAIN = """UPDATE leads SET undrained_at = NULL, outbox = NULL, records = NULL
    WHERE lead_id = ? AND revision = ?"""

# The due time is checked again, because it may change between the read and this write.
_LEASE = """UPDATE leads SET due_at = ?1, lease_until = ?1
    WHERE lead_id = ?2 AND due_at <= ?3"""

_RENEW = """UPDATE leads SET due_at = ?1, lease_until = ?1
    WHERE lead_id = ?2 AND lease_until IS NOT NULL"""


class SqliteLeads(LeadPages):
    def __init__(self, database: Database) -> None:
        super().__init__(database, COLUMNS, stored_lead)

    async def enrol(self, leads: Sequence[Lead], due_at: datetime) -> None:
        if not leads:
            return
        due_at_ms = to_ms(due_at)

        def work(writing: Writing) -> None:
            writing.each(_ENROL, (_enrolled(lead, due_at_ms) for lead in leads))

        await self._database.write("leads.enrol", work)

    async def find(self, lead_ids: Sequence[str]) -> list[StoredLead]:
        sql = f"SELECT {COLUMNS} FROM leads WHERE lead_id IN ({{}})"  # noqa: S608 (own words)

        def work(reading: Reading) -> list[StoredLead]:
            return [stored_lead(row) for row in reading.rows_in(sql, lead_ids)]

        return await self._database.read("leads.find", work)

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        if not commits:
            return frozenset()
        lead_ids = [commit.lead.lead_id for commit in commits]
        at_ms = to_ms(at)

        def work(writing: Writing) -> frozenset[str]:
            changed = writing.each(
                _COMMIT, (_committed(commit, token, at_ms) for commit in commits)
            )
            if changed == len(commits):
                return frozenset(lead_ids)
            sql = "SELECT lead_id FROM leads WHERE token = ? AND lead_id IN ({})"
            return frozenset(row[0] for row in writing.rows_in(sql, lead_ids, (token,)))

        return await self._database.write("leads.commit", work)

    async def drained(self, revisions: Mapping[str, int]) -> None:
        if not revisions:
            return

        def work(writing: Writing) -> None:
            writing.each(_DRAIN, revisions.items())

        await self._database.write("leads.drained", work)

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        sql = (
            f"SELECT {COLUMNS} FROM leads WHERE undrained_at <= ?"  # noqa: S608 (own words)
            " ORDER BY undrained_at LIMIT ?"
        )

        def work(reading: Reading) -> list[StoredLead]:
            return [stored_lead(row) for row in reading.rows(sql, (to_ms(before), limit))]

        return await self._database.read("leads.undrained", work)

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        """`token` is not needed, because the row counts show which leases were written."""
        now_ms, lease_ms = to_ms(now), to_ms(lease_until)
        look = (
            f"SELECT lead_id, {COLUMNS} FROM leads"  # noqa: S608 (own words)
            " WHERE campaign_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?"
        )

        def work(writing: Writing) -> list[StoredLead]:
            due = writing.rows(look, (campaign_id, now_ms, limit))
            taken = [row for row in due if writing.write(_LEASE, (lease_ms, row[0], now_ms))]
            return [stored_lead((row[1], lease_ms, row[3], row[4])) for row in taken]

        return await self._database.write("leads.take_due", work)

    async def renew(self, lead_ids: Sequence[str], lease_until: datetime) -> None:
        if not lead_ids:
            return
        lease_ms = to_ms(lease_until)

        def work(writing: Writing) -> None:
            writing.each(_RENEW, ((lease_ms, lead_id) for lead_id in lead_ids))

        await self._database.write("leads.renew", work)

    async def in_flight(self, now: datetime, limit: int) -> int:
        def work(reading: Reading) -> int:
            rows = reading.rows(
                "SELECT 1 FROM leads WHERE lease_until > ? LIMIT ?", (to_ms(now), limit)
            )
            return len(rows)

        return await self._database.read("leads.in_flight", work)

    async def oldest_due(self, campaign_ids: Sequence[str]) -> Due | None:
        def work(reading: Reading) -> Due | None:
            # One seek per campaign. min() over an IN list would read every waiting lead.
            firsts = [
                (int(row[0]), campaign_id)
                for campaign_id in campaign_ids
                if (row := reading.row(_FIRST_DUE, (campaign_id,))) is not None
            ]
            if not firsts:
                return None
            due_ms, campaign_id = min(firsts)
            return Due(campaign_id, from_ms(due_ms))

        return await self._database.read("leads.oldest_due", work)


_FIRST_DUE = """SELECT due_at FROM leads WHERE campaign_id = ? AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1"""


def stored_lead(row: Row) -> StoredLead:
    document, lease_until, outbox, records = row
    return StoredLead(
        load_json(Lead, document),
        from_ms(lease_until),
        () if outbox is None else load_effects(outbox),
        () if records is None else load_records(records),
    )


def _enrolled(lead: Lead, due_at_ms: int) -> tuple[Value, ...]:
    return (
        lead.lead_id,
        lead.campaign_id,
        lead.seq,
        email_key(lead.email),
        lead.status.value,
        lead.state.value,
        lead.current_node,
        lead.flow_version,
        due_at_ms,
        lead.revision,
        dump_json(lead),
    )


def _committed(commit: Commit, token: str, at_ms: int) -> tuple[Value, ...]:
    """A commit without anything to dispatch or to write counts as drained."""
    lead = commit.lead
    lease_ms = to_ms(commit.lease_until)
    return (
        lead.status.value,
        lead.state.value,
        lead.current_node,
        lead.flow_version,
        to_ms(lead.due_at) if lease_ms is None else lease_ms,
        lease_ms,
        at_ms if commit.outbox or commit.records else None,
        lead.revision,
        token,
        dump_json(lead),
        dump_effects(commit.outbox) if commit.outbox else None,
        dump_records(commit.records) if commit.records else None,
        lead.lead_id,
        lead.revision - 1,
    )
