"""The coalescing writer of message states: many connections, few commits.

Each connection gives its last outcome and asks for its next `sending` mark; whatever has
gathered while one write was under way goes out in the next. Invariant: a mark is in the store
before its message's first byte is on the wire, and after the mark the campaign's state and the
suppression list are read once more, so that nothing leaves after an acknowledged pause, cancel
or unsubscribe but what was already marked by then.
This module must not know about connections.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.mail.address import email_key
from functions.service.campaigns.records import CampaignStatus
from functions.service.sending.records import Message, MessageChange, MessageState
from functions.service.services import Services

GROUP_MAX = 500
RETRY_SECONDS = (0.1, 0.3, 0.8, 1.2)
"""Together below the shortest send lease there may be (`Policy.check`)."""


class Permission(StrEnum):
    """May this message be sent now? Of a settlement: did it apply?"""

    GO = "go"
    SUPPRESSED = "suppressed"
    NOT_RUNNING = "not_running"
    LOST = "lost"
    """The claim belongs to somebody else by now."""


@dataclass(slots=True)
class _Entry:
    change: MessageChange
    mark: Message | None
    answer: asyncio.Future[Permission]


class MessageLog:
    """One per batch; its writes are shared by the batch's connections."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[_Entry] = []
        self._writer: asyncio.Task[None] | None = None

    async def mark_sending(self, message: Message) -> Permission:
        """`message`: claimed by us."""
        now = await self._services.store.now()
        change = MessageChange(
            key=message.key,
            token=message.token,
            # Sending already: our own mark, whose answer was lost.
            from_states=frozenset({MessageState.CLAIMED, MessageState.SENDING}),
            state=MessageState.SENDING,
            at=now,
            lease_until=now + self._services.policy.send_lease,
        )
        return await self._submit(change, message)

    def settle(self, change: MessageChange) -> asyncio.Future[Permission]:
        """Queue an outcome; it is written with, or before, the next mark asked for. The answer
        is GO where the change applied, LOST where it did not."""
        return self._submit(change, None)

    async def flush(self) -> None:
        """Until everything queued so far is written. Raises what a write raised."""
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
                        entry.answer.exception()  # flush() raises it; nobody else has to look.
                self._waiting.clear()
                raise

    async def _write_until_done(self, group: Sequence[_Entry]) -> None:
        """Try again for a while: giving up turns what was sent or marked into `unknown`, which
        costs a person a decision. Every change is a compare-and-set, so repeating it is safe."""
        for pause_seconds in RETRY_SECONDS:
            try:
                await self._write(group)
            except Exception:
                # Seen again, and raised, if it lasts.
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
        refused = {(it.workspace_id, it.email_key) for it in suppressed}
        return {
            it.key: Permission.NOT_RUNNING
            if it.key not in addresses
            else Permission.SUPPRESSED
            if addresses[it.key] in refused
            else Permission.GO
            for it in marked
        }

    async def _take_back(
        self, messages: Sequence[Message], permissions: dict[str, Permission]
    ) -> None:
        """Unmark what must not leave: no byte of it was sent."""
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
        # A released claim may be taken over at once.
        lease_until=now,
    )
