"""Sign messages by DKIM with the keys of the sender's domain.

Invariant: a domain whose keys are in use never sends an unsigned message: if a key cannot be read,
the message stays claimed and is tried again. Keys given as files take the place of stored ones.
Keys are read at most once in `KEPT_SECONDS`, so a change takes effect within that time. Without a
key box and without files, nothing is read and messages pass unchanged.
This module must not know who composes messages.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.mail.dkim import (
    REPLACED_BY_SES,
    SIGNERS_MAX,
    DkimKeyError,
    Signer,
    load_signer,
    signed,
)
from functions.mail.envelope import Envelope
from functions.service.access.records import WorkspaceId
from functions.service.sending.dns_records import SES_DOMAIN, spf_mechanism
from functions.service.sending.ports import DkimKeys, KeyBox, UnsealError
from functions.service.sending.records import DkimKey

KEPT_SECONDS = 60
DOMAINS_KEPT_MAX = 1_000
KEYS_OF_DOMAIN_MAX = 50


class UnusableKeyError(Exception):
    """A key that is in use cannot be read. The message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class SendingIdentity:
    """Who we are to those who receive our mail.

    `key_box`: None if no secrets are set; then no keys are stored. `file_signers`: from key files,
    by domain. `left_out`: headers (in lower case) that our mail server replaces, so that signatures
    do not cover them. `spf`: the mechanism by which an SPF record allows our mail server.
    """

    key_box: KeyBox | None = None
    file_signers: Mapping[str, Sequence[Signer]] = field(default_factory=dict)
    left_out: Set[str] = frozenset()
    spf: str = ""

    @classmethod
    def of_server(
        cls,
        mail_host: str,
        *,
        key_box: KeyBox | None,
        file_signers: Mapping[str, Sequence[Signer]] | None = None,
    ) -> "SendingIdentity":
        """`mail_host`: the server that takes our mail; that of Amazon SES ends with its domain."""
        return cls(
            key_box=key_box,
            file_signers=file_signers or {},
            left_out=REPLACED_BY_SES if mail_host.endswith(SES_DOMAIN) else frozenset(),
            spf=spf_mechanism(mail_host),
        )


class Signing:
    """One for each process and event loop."""

    def __init__(self, keys: DkimKeys, identity: SendingIdentity) -> None:
        self._keys = keys
        self._identity = identity
        self._is_off = identity.key_box is None and not identity.file_signers
        self._known: dict[
            tuple[WorkspaceId, str], tuple[datetime, Sequence[Signer] | UnusableKeyError]
        ] = {}

    async def signed(
        self, workspace_id: WorkspaceId, domain: str, envelope: Envelope, now: datetime
    ) -> Envelope:
        """`domain`: the one in the From header. Raises UnusableKeyError."""
        if self._is_off:
            return envelope
        signers = await self._signers(workspace_id, domain, now)
        if not signers:
            return envelope
        content = signed(envelope.content, signers, now, left_out=self._identity.left_out)
        return replace(envelope, content=content)

    async def _signers(
        self, workspace_id: WorkspaceId, domain: str, now: datetime
    ) -> Sequence[Signer]:
        until, signers = self._known.get((workspace_id, domain), (now, ()))
        if now >= until:
            signers = await self._read(workspace_id, domain)
            if len(self._known) >= DOMAINS_KEPT_MAX:
                self._known.clear()
            until = now + timedelta(seconds=KEPT_SECONDS)
            self._known[workspace_id, domain] = until, signers
        if isinstance(signers, UnusableKeyError):
            raise signers
        return signers

    async def _read(
        self, workspace_id: WorkspaceId, domain: str
    ) -> Sequence[Signer] | UnusableKeyError:
        """The error is kept like keys, so that a batch does not read them for each message."""
        signers, box = self._identity.file_signers.get(domain), self._identity.key_box
        if signers is not None or box is None:
            return signers or ()
        stored = await self._keys.of_domain(workspace_id, domain, KEYS_OF_DOMAIN_MAX)
        in_use = [it for it in stored if it.in_use][:SIGNERS_MAX]
        try:
            return [_opened(it, box) for it in in_use]
        except UnusableKeyError as problem:
            return problem


def unreadable(keys: Iterable[DkimKey], box: KeyBox) -> list[DkimKey]:
    """The keys that none of the present secrets opens."""
    found = []
    for it in keys:
        try:
            box.unseal(it.sealed)
        except UnsealError:
            found.append(it)
    return found


def _opened(key: DkimKey, box: KeyBox) -> Signer:
    """Raises UnusableKeyError."""
    try:
        return load_signer(key.domain, key.selector, box.unseal(key.sealed))
    except (UnsealError, DkimKeyError) as problem:
        raise UnusableKeyError(
            f"the DKIM key {key.selector} of {key.domain} cannot be read: {problem}. Put back the "
            "secret that was removed from SECRET_KEYS, or remove the key and create another."
        ) from problem
