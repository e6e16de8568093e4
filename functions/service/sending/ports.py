"""The stores of messages and sending accounts, and the mail server.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from functions.flow.outcome import Outcome
from functions.mail.envelope import Envelope
from functions.service.access.records import WorkspaceId
from functions.service.sending.records import (
    AccountState,
    Claim,
    Message,
    MessageChange,
    MessageState,
)


class Messages(Protocol):
    async def find(self, keys: Sequence[str]) -> list[Message]: ...

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        """The keys of the winners. One round trip when all win, two when some lose."""

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        """Keys whose change applied, each change alone. One round trip when all apply."""

    async def turned_late(self, limit: int) -> list[Message]:
        """Sent ones with a `retry_at`: they were unknown before, and their leads may not have
        heard. By `retry_at`, oldest first."""

    async def renew(self, keys: Sequence[str], token: str, lease_until: datetime) -> None:
        """Only claimed and sending ones of that claim."""

    async def drop(self, keys: Sequence[str], token: str) -> None:
        """Forget messages of that claim, whatever their state."""

    async def of_lead(self, lead_id: str, limit: int) -> list[Message]:
        """Oldest first by (first_try_at, key)."""

    async def page(
        self, campaign_id: str, *, after_key: str, limit: int, state: MessageState | None
    ) -> list[Message]:
        """By key, strictly after `after_key`."""

    async def leads_sent(
        self, campaign_id: str, node_id: str, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads that were sent this node's e-mail, each once, in the order of ids,
        strictly after `after_id`. Several round trips where leads had it again and again."""


class Accounts(Protocol):
    """Of a store, or of something faster that may forget: what is lost costs one burst."""

    async def find(self, workspace_id: WorkspaceId, account: str) -> AccountState | None: ...

    async def save(self, state: AccountState) -> bool:
        """Compare-and-set: wins if the stored revision is `state.revision - 1` (0: absent)."""

    async def close(self) -> None:
        """Let go of connections of its own; those of a store are the store's."""


class SendingStore(Protocol):
    """The part of the store for this area."""

    messages: Messages
    accounts: Accounts


class MailConnection(Protocol):
    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for the world's faults."""


class MailTransport(Protocol):
    connections_max: int

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        """A slot: waits while `connections_max` are taken. Connects lazily, on `send`."""

    async def ping(self) -> None:
        """Raises when the mail server does not greet."""

    async def close(self) -> None: ...
