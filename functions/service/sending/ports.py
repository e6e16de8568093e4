"""The stores of messages, sending accounts and DKIM keys, what seals keys, and the mail server.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from functions.flow.outcome import Deferred, Outcome, Rejected
from functions.mail.dkim import Algorithm
from functions.mail.envelope import Envelope
from functions.service.access.records import WorkspaceId
from functions.service.sending.records import (
    Claim,
    DkimKey,
    Message,
    MessageChange,
    MessageState,
    SendingAccountState,
)


class Messages(Protocol):
    async def find(self, keys: Sequence[str]) -> list[Message]: ...

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        """Return the keys of the claims that won. One round trip if all win, otherwise two."""

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        """Return the keys whose change was applied. One round trip if all are."""

    async def turned_late(self, limit: int) -> list[Message]:
        """Sent messages with a `retry_at`: they were unknown before, and their leads may not have
        been stepped since. By `retry_at`, earliest first."""

    async def renew(self, keys: Sequence[str], token: str, lease_until: datetime) -> None:
        """Extend the leases of those messages that are claimed or sending under `token`."""

    async def drop(self, keys: Sequence[str], token: str) -> None:
        """Delete those messages that are claimed under `token`, whatever their state."""

    async def of_lead(self, lead_id: str, limit: int) -> list[Message]:
        """Oldest first by (first_attempt_at, key)."""

    async def page(
        self, campaign_id: str, *, after_key: str, limit: int, state: MessageState | None
    ) -> list[Message]:
        """By key, strictly after `after_key`."""

    async def leads_sent(
        self, campaign_id: str, node_id: str, *, after_id: str, limit: int
    ) -> list[str]:
        """The ids of leads that were sent this node's e-mail, each once, in the order of ids,
        strictly after `after_id`. Several round trips if leads were sent it repeatedly."""


class SendingAccounts(Protocol):
    """Kept by a store, or by something faster that may forget. A lost state may cost one burst too
    many."""

    async def find(
        self, workspace_id: WorkspaceId, sending_account: str
    ) -> SendingAccountState | None: ...

    async def save(self, state: SendingAccountState) -> bool:
        """Compare-and-set: wins if the stored revision is `state.revision - 1` (0: none is
        stored). Returns whether it won."""

    async def close(self) -> None:
        """Close its own connections. The store closes those of a store."""


class DkimKeys(Protocol):
    async def add(self, key: DkimKey) -> bool:
        """False if the domain already has a key with this selector."""

    async def of_domain(self, workspace_id: WorkspaceId, domain: str, limit: int) -> list[DkimKey]:
        """By selector."""

    async def all(self, workspace_id: WorkspaceId, limit: int) -> list[DkimKey]:
        """By domain and selector."""

    async def save(self, key: DkimKey) -> bool:
        """Compare-and-set: wins if the stored revision is `key.revision - 1`."""

    async def remove(self, workspace_id: WorkspaceId, domain: str, selector: str) -> bool:
        """False if there is none."""


class SendingStore(Protocol):
    """This area's part of the store."""

    messages: Messages
    sending_accounts: SendingAccounts
    dkim_keys: DkimKeys


class UnsealError(Exception):
    """What was sealed cannot be read: the secret that sealed it is missing."""


class KeyBox(Protocol):
    """Makes private keys, and seals them, so that a copy of the store gives nobody a key."""

    async def new_key(self, algorithm: Algorithm) -> bytes:
        """A private key in PEM, of 2048 bits if it is RSA."""

    def seal(self, key: bytes) -> str:
        """Encrypt with the first secret."""

    def unseal(self, sealed: str) -> bytes:
        """Decrypt with whichever secret fits. Raises UnsealError."""


class MailConnection(Protocol):
    async def open(self) -> Deferred | None:
        """Connect, unless it is connected. Returns why the server takes no connection, or None.
        Never raises for failures of the network or the mail server."""

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for failures of the network or the mail server: they are outcomes."""


class MailTransport(Protocol):
    @property
    def connections_max(self) -> int:
        """How many connections the settings allow."""

    @property
    def connections_working(self) -> int:
        """How many connections are open on which the server has taken up a message."""

    @property
    def connections_limit(self) -> int:
        """How many connections there may be now."""

    @property
    def message_seconds(self) -> float:
        """How long the server takes for a message on one connection; 0 while unknown."""

    def limit_to(self, connections: int) -> None:
        """Have no more connections than this, at least one, until the next call. Those that are
        idle are closed now, others when they are handed back."""

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        """Waits while as many connections are in use as there may be. Does not connect."""

    async def ping(self) -> None:
        """Raises if the mail server cannot be reached or does not answer."""

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        """Say MAIL, RCPT and RSET on a connection of its own, so that no mail is sent. Returns the
        command that was refused, and the refusal. Raises like `ping`."""

    async def close(self) -> None: ...
