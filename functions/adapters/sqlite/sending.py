"""Messages: one row each, with only columns and no JSON, so that a change needs no read first."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Reading, Row, Value, Writing
from functions.service.sending.records import (
    Claim,
    Message,
    MessageChange,
    MessageState,
)

_COLUMNS = """key, campaign_id, lead_id, node_id, visit, attempt, recipient, state, token,
    lease_until, changed_at, first_try_at, tries, retry_at, words, resolution"""

_INSERT = f"""INSERT INTO messages ({_COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""  # noqa: S608

_TAKE_OVER = f"""UPDATE messages SET ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    WHERE key = ? AND state = ? AND token = ?"""  # noqa: S608

_CHANGE = f"""UPDATE messages SET state = ?, changed_at = ?,
    lease_until = coalesce(?, lease_until), retry_at = coalesce(?, retry_at),
    words = coalesce(?, words), tries = coalesce(?, tries), resolution = coalesce(?, resolution)
    WHERE key = ? AND token = coalesce(?, token)
    AND state IN ({",".join("?" * len(MessageState))})"""  # noqa: S608

_RENEW = """UPDATE messages SET lease_until = ?
    WHERE key = ? AND token = ? AND state IN ('claimed', 'sending')"""

_DROP = "DELETE FROM messages WHERE key = ? AND token = ?"

_PAGE_ARM = f"""SELECT {_COLUMNS} FROM messages
    WHERE campaign_id = ? AND state = ? AND key > ?"""  # noqa: S608


class SqliteMessages:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, keys: Sequence[str]) -> list[Message]:
        sql = f"SELECT {_COLUMNS} FROM messages WHERE key IN ({{}})"  # noqa: S608 (own words)

        def work(reading: Reading) -> list[Message]:
            return [_message(row) for row in reading.rows_in(sql, keys)]

        return await self._database.read("messages.find", work)

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        if not claims:
            return frozenset()

        def work(writing: Writing) -> frozenset[str]:
            won = {claim.message.key for claim in claims if _claim(writing, claim)}
            asked = {claim.message.key: claim.message.token for claim in claims}
            lost = asked.keys() - won
            # A claim that is repeated because its answer was lost finds that it already won.
            sql = "SELECT key, token FROM messages WHERE state = 'claimed' AND key IN ({})"
            owners = writing.rows_in(sql, lost)
            return frozenset(won | {key for key, token in owners if asked[key] == token})

        return await self._database.write("messages.claim", work)

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        if not changes:
            return frozenset()

        def work(writing: Writing) -> frozenset[str]:
            return frozenset(
                change.key for change in changes if writing.write(_CHANGE, _change(change))
            )

        return await self._database.write("messages.write", work)

    async def renew(self, keys: Sequence[str], token: str, lease_until: datetime) -> None:
        if not keys:
            return
        lease_ms = to_ms(lease_until)

        def work(writing: Writing) -> None:
            writing.each(_RENEW, ((lease_ms, key, token) for key in keys))

        await self._database.write("messages.renew", work)

    async def drop(self, keys: Sequence[str], token: str) -> None:
        def work(writing: Writing) -> None:
            writing.each(_DROP, ((key, token) for key in keys))

        await self._database.write("messages.drop", work)

    async def of_lead(self, lead_id: str, limit: int) -> list[Message]:
        sql = (
            f"SELECT {_COLUMNS} FROM messages WHERE lead_id = ?"  # noqa: S608 (own words)
            " ORDER BY first_try_at, key LIMIT ?"
        )

        def work(reading: Reading) -> list[Message]:
            return [_message(row) for row in reading.rows(sql, (lead_id, limit))]

        return await self._database.read("messages.of_lead", work)

    async def turned_late(self, limit: int) -> list[Message]:
        sql = (
            f"SELECT {_COLUMNS} FROM messages"  # noqa: S608 (own words)
            " WHERE state = 'sent' AND retry_at IS NOT NULL ORDER BY retry_at, key LIMIT ?"
        )

        def work(reading: Reading) -> list[Message]:
            return [_message(row) for row in reading.rows(sql, (limit,))]

        return await self._database.read("messages.turned_late", work)

    async def page(
        self, campaign_id: str, *, after_key: str, limit: int, state: MessageState | None
    ) -> list[Message]:
        """Merged by key from one index range per state."""
        states: Iterable[MessageState] = MessageState if state is None else (state,)
        arms: list[str] = []
        values: list[Value] = []
        for each in states:
            arms.append(_PAGE_ARM)
            values += [campaign_id, each.value, after_key]
        sql = " UNION ALL ".join(arms) + " ORDER BY key LIMIT ?"

        def work(reading: Reading) -> list[Message]:
            return [_message(row) for row in reading.rows(sql, (*values, limit))]

        return await self._database.read("messages.page", work)

    async def leads_sent(
        self, campaign_id: str, node_id: str, *, after_id: str, limit: int
    ) -> list[str]:
        def work(reading: Reading) -> list[str]:
            rows = reading.rows(_LEADS_SENT, (campaign_id, node_id, after_id, limit))
            return [row[0] for row in rows]

        return await self._database.read("messages.leads_sent", work)


_LEADS_SENT = """SELECT DISTINCT lead_id FROM messages
    WHERE campaign_id = ? AND node_id = ? AND state = 'sent' AND lead_id > ?
    ORDER BY lead_id LIMIT ?"""


def _claim(writing: Writing, claim: Claim) -> int:
    values = _values(claim.message)
    if claim.expected is None:
        return writing.write(_INSERT, values)
    expected = claim.expected
    return writing.write(_TAKE_OVER, (*values, expected.key, expected.state, expected.token))


def _values(message: Message) -> tuple[Value, ...]:
    """In the order of `_COLUMNS`."""
    return (
        message.key,
        message.campaign_id,
        message.lead_id,
        message.node_id,
        message.visit,
        message.resend_number,
        message.recipient,
        message.state.value,
        message.token,
        to_ms(message.lease_until),
        to_ms(message.changed_at),
        to_ms(message.first_attempt_at),
        message.delivery_attempts,
        to_ms(message.retry_at),
        message.outcome_reason,
        message.resolution,
    )


def _message(row: Row) -> Message:
    """From a row of `_COLUMNS`. All fields are named, so that a new one is not forgotten here."""
    return Message(
        key=row[0],
        campaign_id=row[1],
        lead_id=row[2],
        node_id=row[3],
        visit=row[4],
        resend_number=row[5],
        recipient=row[6],
        state=MessageState(row[7]),
        token=row[8],
        lease_until=from_ms(row[9]),
        changed_at=from_ms(row[10]),
        first_attempt_at=from_ms(row[11]),
        delivery_attempts=row[12],
        retry_at=from_ms(row[13]),
        outcome_reason=row[14],
        resolution=row[15],
    )


def _change(change: MessageChange) -> tuple[Value, ...]:
    """The values of `_CHANGE`. NULL leaves a field unchanged, and matches no state."""
    sources: list[Value] = [state.value for state in change.from_states]
    return (
        change.state.value,
        to_ms(change.at),
        to_ms(change.lease_until),
        to_ms(change.retry_at),
        change.outcome_reason,
        change.delivery_attempts,
        change.resolution,
        change.key,
        change.token,
        *sources,
        *[None] * (len(MessageState) - len(sources)),
    )
