"""Listing, recounting and deleting leads."""

from collections.abc import Callable, Collection, Iterable

from functions.adapters.sqlite.columns import prefix_end
from functions.adapters.sqlite.database import Database, Reading, Row, Value, Writing
from functions.flow.journal import at_key, status_key, total_key, version_key
from functions.flow.lead import LeadStatus
from functions.mail.address import email_key
from functions.service.execution.records import StoredLead

SORTED_MATCHES_MAX = 50_000
"""Up to this many leads with a matching address are sorted by seq. If there are more, walking along
seq is likely to find enough of them soon."""

_RECOUNT_STATUS = "SELECT status, count(*) FROM leads WHERE campaign_id = ? GROUP BY status"
_RECOUNT_AT = """SELECT node, state, count(*) FROM leads
    WHERE campaign_id = ? AND node IS NOT NULL GROUP BY node, state"""
_RECOUNT_IN = """SELECT version, node, state, count(*) FROM leads
    WHERE campaign_id = ? AND status IN ('pending', 'running', 'paused')
    GROUP BY version, node, state"""
_RECOUNT_SENT = """SELECT node_id, count(*) FROM messages
    WHERE campaign_id = ? AND state = 'sent' GROUP BY node_id"""

_DELETE_OF_LEAD = (
    "DELETE FROM hits WHERE lead_id = ?",
    "DELETE FROM messages WHERE lead_id = ?",
    "DELETE FROM journal WHERE lead_id = ?",
    "DELETE FROM leads WHERE lead_id = ?",
)
"""The lead is deleted last, because the other documents are found through it."""


class LeadPages:
    """`columns` and `read`: how a row of `leads` becomes a `StoredLead`."""

    def __init__(self, database: Database, columns: str, read: Callable[[Row], StoredLead]) -> None:
        self._database = database
        self._columns = columns
        self._lead = read

    async def page(
        self,
        campaign_id: str,
        *,
        after_seq: int,
        limit: int,
        statuses: Collection[LeadStatus] = (),
        node_id: str | None = None,
        email_prefix: str | None = None,
    ) -> list[StoredLead]:
        def work(reading: Reading) -> list[StoredLead]:
            if email_prefix:
                rowids = _with_email(
                    reading,
                    campaign_id,
                    after_seq,
                    limit,
                    statuses,
                    node_id,
                    email_key(email_prefix),
                )
            elif node_id is None and not statuses:
                sql = (
                    "SELECT rowid FROM leads WHERE campaign_id = ? AND seq > ? ORDER BY seq LIMIT ?"
                )
                rowids = reading.rows(sql, (campaign_id, after_seq, limit))
            else:
                rowids = _merged(
                    reading, campaign_id, after_seq, limit, statuses or LeadStatus, node_id
                )
            return self._leads(reading, rowids)

        return await self._database.read("leads.page", work)

    def _leads(self, reading: Reading, rowids: list[Row]) -> list[StoredLead]:
        """In the order of `rowids`."""
        sql = f"SELECT {self._columns} FROM leads WHERE rowid = ?"  # noqa: S608 (own words)
        rows = (reading.row(sql, rowid[:1]) for rowid in rowids)
        return [self._lead(row) for row in rows if row is not None]

    async def recount(self, campaign_id: str) -> dict[str, int]:
        def work(reading: Reading) -> dict[str, int]:
            counts = {
                status_key(status): count
                for status, count in reading.rows(_RECOUNT_STATUS, (campaign_id,))
            }
            for node, state, count in reading.rows(_RECOUNT_AT, (campaign_id,)):
                counts[at_key(node, state)] = count
            for version, node, state, count in reading.rows(_RECOUNT_IN, (campaign_id,)):
                counts[version_key(version, node, state)] = count
            for node, count in reading.rows(_RECOUNT_SENT, (campaign_id,)):
                counts[total_key("sent", node)] = count
            return counts

        return await self._database.read("leads.recount", work)

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        def work(writing: Writing) -> int:
            going = writing.rows(
                "SELECT lead_id FROM leads WHERE campaign_id = ? LIMIT ?", (campaign_id, limit)
            )
            for lead in going:
                for sql in _DELETE_OF_LEAD:
                    writing.write(sql, lead)
            if len(going) < limit:
                writing.write(
                    "DELETE FROM journal WHERE campaign_id = ? AND lead_id IS NULL",
                    (campaign_id,),
                )
            return len(going)

        return await self._database.write("leads.delete_page", work)


def _merged(
    reading: Reading,
    campaign_id: str,
    after_seq: int,
    limit: int,
    statuses: Iterable[LeadStatus],
    node_id: str | None,
) -> list[Row]:
    """(rowid, seq) by seq, merged from one index range per status. An IN list would read each whole
    range before sorting."""
    arm = "SELECT rowid, seq FROM leads WHERE campaign_id = ? AND status = ? AND seq > ?"
    if node_id is not None:
        arm += " AND node = ?"
    arms: list[str] = []
    values: list[Value] = []
    for status in statuses:
        arms.append(arm)
        values += [campaign_id, status.value, after_seq]
        if node_id is not None:
            values.append(node_id)
    return reading.rows(f"{' UNION ALL '.join(arms)} ORDER BY seq LIMIT ?", (*values, limit))


def _with_email(
    reading: Reading,
    campaign_id: str,
    after_seq: int,
    limit: int,
    statuses: Collection[LeadStatus],
    node_id: str | None,
    prefix: str,
) -> list[Row]:
    """(rowid, seq) by seq, using the index on addresses or the one on seq, whichever is faster."""
    matching: list[Value] = [campaign_id, prefix, prefix_end(prefix)]
    (count,) = reading.row(_COUNT_MATCHES, (*matching, SORTED_MATCHES_MAX + 1)) or (0,)
    index = "leads_email" if count <= SORTED_MATCHES_MAX else "leads_seq"
    terms = ["campaign_id = ?", "email >= ?", "email < ?", "seq > ?"]
    values = [*matching, after_seq]
    if statuses:
        terms.append(f"status IN ({','.join('?' * len(statuses))})")
        values += statuses
    if node_id is not None:
        terms.append("node = ?")
        values.append(node_id)
    sql = (
        f"SELECT rowid, seq FROM leads INDEXED BY {index} WHERE {' AND '.join(terms)}"  # noqa: S608
        " ORDER BY seq LIMIT ?"
    )
    return reading.rows(sql, (*values, limit))


_COUNT_MATCHES = """SELECT count(*) FROM (SELECT 1 FROM leads
    WHERE campaign_id = ? AND email >= ? AND email < ? LIMIT ?)"""
