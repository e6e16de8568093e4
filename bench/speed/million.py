"""A store with a million leads half-way through their campaign, written directly into its tables.

Every lead has got its e-mail; the odd ones wait, the even ones watch for a click. Each has a
message and two journal records, which the executor makes for one lead and which are copied for all.
`python -m bench.speed.million FILE --leads N` makes a store without messages and records, for
listing leads.
"""

import argparse
import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.speed.campaign import EMAIL, address, attributes
from bench.store import scatter
from functions.adapters.documents import dump_json
from functions.adapters.sqlite import SqliteStore
from functions.adapters.sqlite.columns import to_ms
from functions.flow import keys
from functions.flow.event import EmailSent, Entered, Resumed
from functions.flow.executor import FlowExecutor
from functions.flow.journal import Entry, JournalRecord, at_key, status_key, total_key
from functions.flow.lead import Lead, LeadStatus, State
from functions.flow.validate import validate
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import Campaign, CampaignStatus, FlowVersion
from functions.service.reports.records import Counts

CAMPAIGN = "million"
EPOCH = 1_764_000_000
DAYS = 30
PAGE = 10_000

FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        dict(EMAIL),
        {
            "id": "clicked",
            "type": "condition",
            "configuration": {
                "mode": "behaviour",
                "event": "clicked",
                "email_node": "email-1",
                "within": {"amount": DAYS, "unit": "days"},
                "since": "sent",
            },
        },
        {
            "id": "wait-1",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": DAYS, "unit": "days"},
        },
    ],
    "connections": [
        {"from_node": "start", "to_node": "email-1"},
        {"from_node": "email-1", "to_node": "clicked"},
        {"from_node": "clicked", "to_node": "wait-1", "from_port": "yes"},
        {"from_node": "clicked", "to_node": "wait-1", "from_port": "no"},
    ],
}


def lead_id(seq: int) -> str:
    return keys.lead_id(CAMPAIGN, seq, EPOCH)


def watches(seq: int) -> bool:
    return seq % 2 == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speed.million", description=__doc__)
    parser.add_argument("path", type=Path, help="the SQLite file to create")
    parser.add_argument("--leads", type=int, default=1_000_000)
    given = parser.parse_args()
    build(given.path, given.leads, has_stories=False)


def build(path: Path, count: int, *, has_stories: bool = True) -> None:
    """Builds the file as the store itself would have left it; without stories, messages and journal
    are empty.
    """
    made = _Made(asyncio.run(_campaign(path, count)), count)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        for start in range(1, count + 1, PAGE):
            seqs = range(start, min(start + PAGE, count + 1))
            connection.execute("BEGIN")
            _write_leads(connection, made, seqs)
            if has_stories:
                _write_stories(connection, made, seqs)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _campaign(path: Path, count: int) -> datetime:
    store = await SqliteStore.open(str(path))
    await store.migrate()
    now = await store.now()
    campaign = Campaign(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id=CAMPAIGN,
        name="A million",
        status=CampaignStatus.RUNNING,
        draft=FLOW,
        created_at=now,
        updated_at=now,
        version=1,
        epoch=EPOCH,
        enrolled_seq=count,
    )
    await store.campaigns.insert(campaign)
    flow = validate(FLOW).flow
    assert flow is not None
    await store.campaigns.add_version(FlowVersion(CAMPAIGN, 1, flow.model_dump(mode="json"), now))
    watching = count // 2
    values = {
        status_key(LeadStatus.PAUSED): count,
        at_key("clicked", State.WATCHING): watching,
        at_key("wait-1", State.WAITING): count - watching,
        total_key("sent", "email-1"): count,
    }
    await store.counts.save(
        Counts(
            workspace_id=DEFAULT_WORKSPACE,
            campaign_id=CAMPAIGN,
            revision=1,
            values=values,
            changed=dict.fromkeys(values, 1),
        )
    )
    await store.close()
    return now


class _Made:
    """One lead of each kind, and the entries of its journal."""

    def __init__(self, now: datetime, count: int) -> None:
        flow = validate(FLOW).flow
        assert flow is not None
        executor = FlowExecutor(flow)
        new = Lead(lead_id(1), CAMPAIGN, 1, address(1), attributes(1), 1, now)
        entered = executor.step(new, Entered(), now)
        sent = executor.step(entered.lead, EmailSent("email-1", 1, 1, now), now)
        later = now + timedelta(days=DAYS)
        resumed = executor.step(sent.lead, Resumed(), later)
        self.now, self.count = now, count
        self.watching, self.waiting = sent.lead, resumed.lead
        self.entries: tuple[tuple[Entry, ...], ...] = (entered.entries, sent.entries)

    def lead(self, seq: int) -> Lead:
        made = self.watching if watches(seq) else self.waiting
        # Due in the days after tomorrow, in random order.
        ahead = timedelta(days=1, seconds=scatter(seq, self.count) * DAYS * 86_400 // self.count)
        return replace(
            made,
            lead_id=lead_id(seq),
            seq=seq,
            email=address(seq),
            attributes=attributes(seq),
            wait_until=self.now + ahead,
        )


def _write_leads(connection: sqlite3.Connection, made: _Made, seqs: range) -> None:
    connection.executemany(
        "INSERT INTO leads (lead_id, campaign_id, seq, email, status, state, node, due_at,"
        " revision, token, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 't', ?)",
        (_lead_row(made.lead(seq)) for seq in seqs),
    )


def _write_stories(connection: sqlite3.Connection, made: _Made, seqs: range) -> None:
    now_ms = to_ms(made.now)
    connection.executemany(
        "INSERT INTO messages (key, campaign_id, lead_id, node_id, visit, attempt, recipient,"
        " state, token, lease_until, changed_at, first_try_at, tries, words)"
        " VALUES (?, ?, ?, 'email-1', 1, 1, ?, 'sent', 't', ?, ?, ?, 0, '2.0.0 Ok')",
        (
            (
                keys.send_key(lead_id(seq), "email-1", 1, 1),
                CAMPAIGN,
                lead_id(seq),
                address(seq),
                now_ms,
                now_ms,
                now_ms,
            )
            for seq in seqs
        ),
    )
    connection.executemany(
        "INSERT INTO journal (key, campaign_id, lead_id, revision, at, is_rolled, document)"
        " VALUES (?, ?, ?, ?, ?, 1, ?)",
        (
            (it.key, CAMPAIGN, it.lead_id, it.revision, now_ms, dump_json(it))
            for seq in seqs
            for it in _records(made, seq)
        ),
    )


def _lead_row(lead: Lead) -> tuple[str | int | None, ...]:
    return (
        lead.lead_id,
        CAMPAIGN,
        lead.seq,
        lead.email,
        lead.status.value,
        lead.state.value,
        lead.current_node,
        to_ms(lead.wait_until),
        lead.revision,
        dump_json(lead),
    )


def _records(made: _Made, seq: int) -> Iterator[JournalRecord]:
    for revision, entries in enumerate(made.entries, 1):
        key = keys.record_key(lead_id(seq), revision)
        yield JournalRecord(key, CAMPAIGN, lead_id(seq), revision, made.now, entries, {})


if __name__ == "__main__":
    main()
