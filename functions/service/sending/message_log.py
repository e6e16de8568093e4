"""The coalescing writer of message states: many connections, few writes.

Each connection hands over its last outcome and requests its next `sending` mark. Everything that
gathers while one write is under way goes into the next. Invariant: a mark is in the store before
the first byte of its message is on the wire. After the mark, the campaign's state and the
suppression list are read once more, so once a pause, cancel or unsubscribe has been acknowledged,
only messages marked before it are still sent.
This module must not know about connections.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.mail.address import email_key
from functions.service.campaigns.records import CampaignStatus
from functions.service.sending.message_rules import refuses
from functions.service.sending.records import Message, MessageChange, MessageState
from functions.service.services import Services

GROUP_MAX = 500
RETRY_SECONDS = (0.1, 0.3, 0.8, 1.2)
"""Their sum is below the shortest send lease that `Policy.check` allows."""


class Permission(StrEnum):
    """Whether a message may be sent now or, for a settlement, whether it was applied."""

    GO = "go"
    SUPPRESSED = "suppressed"
    NOT_RUNNING = "not_running"
    LOST = "lost"
    """The message is now claimed by another worker."""


@dataclass(slots=True)
class _Entry:
    change: MessageChange
    mark: Message | None
    answer: asyncio.Future[Permission]


class MessageLog:
    """One per batch. The connections of the batch share its writes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[_Entry] = []
        self._writer: asyncio.Task[None] | None = None
        self._transactional: set[str] = set()

    def note_transactional(self, key: str) -> None:
        """The message with this send key also goes to readers who unsubscribed."""
        self._transactional.add(key)

    async def mark_sending(self, message: Message) -> Permission:
        """Whether the message may be sent. `message`: claimed by this batch."""
        now = await self._services.store.now()
        change = MessageChange(
            key=message.key,
            token=message.token,
            # A message may already be `sending`: by our own mark, if the store's answer was lost.
            from_states=frozenset({MessageState.CLAIMED, MessageState.SENDING}),
            state=MessageState.SENDING,
            at=now,
            lease_until=now + self._services.policy.send_lease,
        )
        return await self._submit(change, message)

    def settle(self, change: MessageChange) -> asyncio.Future[Permission]:
        """Queue an outcome. It is written together with the next requested mark, or before it.
        The result is GO if the change was applied and LOST if not."""
        return self._submit(change, None)

    async def flush(self) -> None:
        """Wait until everything queued so far has been written. Raises what a write raised."""
        if self._writer is not None:
            await self._writer

    def _submit(self, change: MessageChange, mark: Message | None) -> asyncio.Future[Permission]:
        answer: asyncio.Future[Permission] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(change, mark, answer))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return answer

    async def _write_all(self) -> None:
        while self._waiting:
            # Let every connection that is ready now join the group.
            await asyncio.sleep(0)
            group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
            try:
                await self._write_until_done(group)
            except BaseException as problem:
                for entry in (*group, *self._waiting):
                    if not entry.answer.done():
                        entry.answer.set_exception(problem)
                        entry.answer.exception()  # Marks it as retrieved: flush() raises it.
                self._waiting.clear()
                raise

    async def _write_until_done(self, group: Sequence[_Entry]) -> None:
        """Retry for a while, because giving up turns messages that were sent or marked into
        `unknown`, which a person then has to decide. Every change is a compare-and-set, so it is
        safe to repeat."""
        for pause_seconds in RETRY_SECONDS:
            try:
                await self._write(group)
            except Exception:
                # If the error lasts, the last write below raises it.
                await asyncio.sleep(pause_seconds)
            else:
                return
        await self._write(group)

    async def _write(self, group: Sequence[_Entry]) -> None:
        applied = await self._services.store.messages.write([entry.change for entry in group])
        marks = [
            (entry, entry.mark)
            for entry in group
            if entry.mark is not None and entry.change.key in applied
        ]
        permissions = await self._permissions([mark for _, mark in marks])
        await self._take_back(
            [mark for _, mark in marks if permissions[mark.key] is not Permission.GO], permissions
        )
        for entry in group:
            if entry.answer.done():
                continue
            if entry.mark is None and entry.change.key in applied:
                entry.answer.set_result(Permission.GO)
            else:
                entry.answer.set_result(permissions.get(entry.change.key, Permission.LOST))

    async def _permissions(self, marked: Sequence[Message]) -> dict[str, Permission]:
        if not marked:
            return {}
        store = self._services.store
        campaigns = await store.campaigns.find_anywhere(sorted({it.campaign_id for it in marked}))
        running = {
            it.campaign_id: it.workspace_id
            for it in campaigns
            if it.status is CampaignStatus.RUNNING
        }
        addresses = {
            it.key: (running[it.campaign_id], email_key(it.recipient))
            for it in marked
            if it.campaign_id in running
        }
        suppressed = await store.suppressions.find(sorted(set(addresses.values())))
        by_address = {(it.workspace_id, it.email_key): it for it in suppressed}
        permissions = {}
        for it in marked:
            suppression = by_address.get(addresses[it.key]) if it.key in addresses else None
            is_transactional = it.key in self._transactional
            if it.key not in addresses:
                permissions[it.key] = Permission.NOT_RUNNING
            elif suppression is not None and refuses(suppression, is_transactional):
                permissions[it.key] = Permission.SUPPRESSED
            else:
                permissions[it.key] = Permission.GO
        return permissions

    async def _take_back(
        self, messages: Sequence[Message], permissions: dict[str, Permission]
    ) -> None:
        """Unmark the messages that must not be sent. No byte of them has left."""
        if not messages:
            return
        now = await self._services.store.now()
        await self._services.store.messages.write(
            [_taken_back(message, permissions[message.key], now) for message in messages]
        )


def _taken_back(message: Message, permission: Permission, now: datetime) -> MessageChange:
    is_suppressed = permission is Permission.SUPPRESSED
    return MessageChange(
        key=message.key,
        token=message.token,
        from_states=frozenset({MessageState.SENDING}),
        state=MessageState.SUPPRESSED if is_suppressed else MessageState.CLAIMED,
        at=now,
        # Another worker may take over a released claim at once.
        lease_until=now,
    )
