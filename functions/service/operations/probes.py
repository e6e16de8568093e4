"""Probes of what every system has: store, broker, mail server and what others say about it, queues,
sweep, DKIM keys.

Invariant: a probe writes nothing but what a ping writes, and sends no mail.
This module must not know what is behind the ports.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from functions.flow.outcome import Concern, Deferred, Rejected
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import Restoration, RestorationState
from functions.service.jobs.ports import Dispatcher
from functions.service.operations import doctor
from functions.service.operations.doctor import Probe, look_at
from functions.service.operations.ports import QueueDepths
from functions.service.operations.records import (
    CheckState,
    Diagnosis,
    QueueDepth,
    Swept,
    SystemCheck,
)
from functions.service.policy import Policy
from functions.service.sending.breaker import public_reason
from functions.service.sending.dkim_keys import KEYS_MAX
from functions.service.sending.limiter import Limiter, SendingAccount, Unlimited
from functions.service.sending.ports import MailTransport
from functions.service.sending.records import DkimKey
from functions.service.sending.signing import SendingIdentity, unreadable
from functions.service.store import Store
from functions.service.tracking.feedback_sources import FeedbackSources

SWEEP_SECONDS_MAX = 5.0
"""If the last sweep is older than this, and than three of its periods, somebody should look."""

KEYS_NAMED_MAX = 5
SENDER_KEPT_SECONDS = 60.0
"""Pages ask every few seconds, and the mail server counts how often it is asked."""
NOBODY = "postmaster@example.com"
"""A recipient elsewhere, as the recipients of campaigns are: whether the server relays for us shows
only with such a one. The domain is reserved, so nobody is bothered (RFC 2606)."""
STORE, BROKER, MAIL, FEEDBACK = "store", "broker", "mail", "feedback"

_REMEDIES = {
    STORE: "Check that the store is running and that its address is right. Until it answers, "
    "nothing can be read or changed.",
    MAIL: "Check that the mail server is running and that its address is right. Until it answers, "
    "leads wait.",
    BROKER: "Check that the queues exist and can be reached. Until then, leads wait in the store.",
}
_DEAD_LETTERS = "Look at them, fix the cause, then requeue or drop them."
_KEYS = (
    "Put back the secret that was removed from SECRET_KEYS, or remove the keys and create others. "
    "Until then, mail of these domains waits."
)
_BLOCKED = (
    "Check SPF, DKIM and DMARC of the sender's domain, and whether a block list names the mail "
    "server."
)
_NO_SECRETS = "Set SECRET_KEYS, or remove the keys."
_REFUSED_SENDER = (
    "This is about us, so all mail waits: check the sender, the login in SMTP_URI and the name in "
    "EHLO (HELO_NAME), or ask whoever runs the mail server what it permits."
)
_REFUSED_NOW = {
    Concern.RATE: "It wants mail more slowly; the product finds out how slowly.",
    Concern.CONNECTION: "It takes no mail just now; leads wait and are tried again.",
    Concern.UNCLEAR: "If it refuses campaigns with the same words, their mail waits.",
}
_NO_TOPICS = (
    "Let SES publish bounces and complaints to an SNS topic, subscribe /api/v1/feedback/ses to it, "
    "and name it in SES_TOPICS."
)
_HELD = (
    "Decide what happens to messages that may have left since: `emailbuilder held`, or the page "
    "Restored store."
)
_RESTORING = "If it was interrupted, drop the database and restore again."
_SWEEP = "Check that the schedule is running, and see the log for why a sweep failed."


def store_probe(store: Store) -> Probe:
    return _ping_probe(STORE, store)


def broker_probe(dispatcher: Dispatcher) -> Probe:
    return _ping_probe(BROKER, dispatcher)


def mail_probe(transport: MailTransport) -> Probe:
    return _ping_probe(MAIL, transport)


def sender_probe(transport: MailTransport, policy: Policy) -> Probe:
    """Whether the mail server takes mail from us. If it does not answer, there is no check: the
    probe of the mail server reports that."""
    postmaster = f"postmaster@{policy.bounce_domain}" if policy.bounce_domain else ""
    mail_from = postmaster or policy.from_email

    async def probe() -> Diagnosis:
        try:
            async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
                refused = await transport.try_envelope(mail_from, NOBODY)
        except Exception:
            return Diagnosis(checks=())
        return Diagnosis(checks=[sender_check(mail_from, refused)])

    return probe


def sender_check(mail_from: str, refused: tuple[str, Deferred | Rejected] | None) -> SystemCheck:
    """`refused`: the command that was refused, and the refusal."""
    name = "sender"
    if refused is None or refused[1].concern is Concern.RECIPIENT:
        message = f"The mail server takes mail from {mail_from}."
        return SystemCheck(name=name, state=CheckState.OK, message=message)
    command, refusal = refused
    message = f"The mail server refuses {command}: {public_reason(refusal)}."
    if refusal.concern is Concern.SENDING_ACCOUNT:
        return SystemCheck(
            name=name, state=CheckState.FAILED, message=message, remedy=_REFUSED_SENDER
        )
    remedy = _REFUSED_NOW[refusal.concern]
    return SystemCheck(name=name, state=CheckState.WARNING, message=message, remedy=remedy)


def queues_probe(depths: QueueDepths) -> Probe:
    """A probe of the broker, by its queues, and of the dead letters in them."""

    async def probe() -> Diagnosis:
        queues: list[QueueDepth] = []

        async def read() -> None:
            queues.extend(await depths.read())

        (broker,) = await _pinged(BROKER, read)
        if broker.state is not CheckState.OK:
            return Diagnosis(checks=[broker])
        found = Diagnosis(checks=[broker], queues=queues)
        if found.dead_letters is None:
            return found
        return Diagnosis(
            checks=[broker, dead_letters_check(found.dead_letters, _DEAD_LETTERS)], queues=queues
        )

    return probe


def sweep_probe(store: Store, swept: Callable[[], Swept | None], period_seconds: float) -> Probe:
    """`swept`: returns the last sweep that this process knows of, timed by the store's clock."""

    async def probe() -> Diagnosis:
        last = swept()
        try:
            async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
                now = await store.now()
        except Exception:
            # Without the store there are no sweeps, and the check of the store says what to do.
            return Diagnosis(checks=(), swept=last)
        check = sweep_check(last, now, period_seconds, remedy=_SWEEP, never="No sweep yet.")
        return Diagnosis(checks=[check], swept=last)

    return probe


def keys_probe(store: Store, identity: SendingIdentity) -> Probe:
    """Without keys in use there is no check. Nor if the store does not answer, which another probe
    reports."""

    async def probe() -> Diagnosis:
        try:
            async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
                keys = await store.dkim_keys.all(DEFAULT_WORKSPACE, KEYS_MAX)
        except Exception:
            return Diagnosis(checks=())
        in_use = [it for it in keys if it.in_use]
        return Diagnosis(checks=[keys_check(in_use, identity)] if in_use else ())

    return probe


def held_probe(store: Store) -> Probe:
    """Whether the store was restored and is held. If it is not, there is no check."""

    async def probe() -> Diagnosis:
        try:
            async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
                restoration = await store.restorations.find()
        except Exception:
            return Diagnosis(checks=())
        if restoration is None or not restoration.is_held:
            return Diagnosis(checks=())
        return Diagnosis(checks=[held_check(restoration)])

    return probe


def held_check(restoration: Restoration) -> SystemCheck:
    since = f"The store was restored as it was at {restoration.backup_at:%Y-%m-%d %H:%M} UTC"
    match restoration.state:
        case RestorationState.RESTORING:
            message, remedy = "The restore of the store is not complete.", _RESTORING
        case RestorationState.RELEASING:
            message, remedy = f"{since}. Its leads are being gone through.", ""
        case _:
            message, remedy = f"{since}, and is held: nothing is sent.", _HELD
    return SystemCheck(name="held", state=CheckState.WARNING, message=message, remedy=remedy)


def sending_account_probe(store: Store, limiter: Limiter | Unlimited) -> Probe:
    """There are checks only if mail was blocked in the last day, and if limits were found."""

    async def probe() -> Diagnosis:
        try:
            async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
                sending_account = await limiter.look(await store.now())
        except Exception:
            return Diagnosis(checks=())
        if sending_account is None:
            return Diagnosis(checks=())
        found = (blocked_check(sending_account), limits_check(sending_account))
        return Diagnosis(checks=tuple(it for it in found if it is not None))

    return probe


def blocked_check(sending_account: SendingAccount) -> SystemCheck | None:
    number, said = sending_account.blocked, sending_account.blocked_reason
    if not number:
        return None
    messages = "1 message" if number == 1 else f"{number:,} messages"
    return SystemCheck(
        name="blocked mail",
        state=CheckState.WARNING,
        message=f"{messages} came back in the last day because other mail servers refuse "
        f"our mail. The latest says: {said}",
        remedy=_BLOCKED,
    )


def limits_check(sending_account: SendingAccount) -> SystemCheck | None:
    """What the mail server was found to take; None if it never refused mail because of a limit."""
    found, connections = sending_account.throughput, sending_account.connections
    sentences = []
    if found is not None and found.window is not None and found.period_ms:
        seconds = found.period_ms / 1000
        sentences.append(
            f"The mail server takes about {found.window:,} messages in {seconds:g} s "
            f"({found.reason})."
        )
    elif found is not None:
        sentences.append(
            f"The mail server takes mail more slowly ({found.reason}); how slowly is being found "
            "out."
        )
    if found is not None and found.held_until is not None:
        sentences.append(f"Mail waits until {found.held_until:%H:%M:%S} UTC.")
    if connections.limit is not None:
        sentences.append(
            f"It takes {connections.limit} connections at a time, which all workers share "
            f"({connections.reason})."
        )
    if not sentences:
        return None
    return SystemCheck(name="mail limits", state=CheckState.OK, message=" ".join(sentences))


def feedback_probe(sources: FeedbackSources, *, sends_through_ses: bool) -> Probe:
    """Whose reports of bounces and complaints are accepted. There is no check if nobody's are, and
    nobody has to be asked."""

    async def probe() -> Diagnosis:
        topics, secrets = len(sources.topics), len(sources.secrets)
        if not topics and sends_through_ses:
            message = (
                "SES sends the mail, but nothing tells us what bounces: SES_TOPICS is not set."
            )
            check = SystemCheck(
                name=FEEDBACK, state=CheckState.WARNING, message=message, remedy=_NO_TOPICS
            )
        elif topics or secrets:
            message = f"Accepted from {topics} SNS topics, and signed with {secrets} secrets."
            check = SystemCheck(name=FEEDBACK, state=CheckState.OK, message=message)
        else:
            return Diagnosis(checks=())
        return Diagnosis(checks=[check])

    return probe


def keys_check(in_use: Sequence[DkimKey], identity: SendingIdentity) -> SystemCheck:
    """`in_use`: the stored keys that sign, at least one."""
    if identity.key_box is None:
        message = f"{_named(in_use)} cannot sign: SECRET_KEYS is not set, so mail is not signed."
        state, remedy = CheckState.WARNING, _NO_SECRETS
    elif shut := unreadable(in_use, identity.key_box):
        message = f"{_named(shut)} cannot be read: no secret in SECRET_KEYS opens it."
        state, remedy = CheckState.FAILED, _KEYS
    else:
        message, state, remedy = f"{_named(in_use)} can be read.", CheckState.OK, ""
    return SystemCheck(name="dkim keys", state=state, message=message, remedy=remedy)


def _named(keys: Sequence[DkimKey]) -> str:
    shown = [f"{it.selector} of {it.domain}" for it in keys[:KEYS_NAMED_MAX]]
    more = len(keys) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def dead_letters_check(count: int, remedy: str) -> SystemCheck:
    if not count:
        return SystemCheck(name="dead letters", state=CheckState.OK, message="None.")
    message = f"{count} {'job' if count == 1 else 'jobs'} failed for good."
    return SystemCheck(
        name="dead letters", state=CheckState.WARNING, message=message, remedy=remedy
    )


def sweep_check(
    swept: Swept | None, now: datetime, period_seconds: float, *, remedy: str, never: str
) -> SystemCheck:
    """`now`: by the clock that timed the sweep. `never`: the text for a system without a sweep."""
    if swept is None:
        return SystemCheck(name="sweep", state=CheckState.WARNING, message=never, remedy=remedy)
    ago = max(now - swept.at, timedelta())
    message = f"{ago.total_seconds():.1f} s ago{f', by {swept.by}' if swept.by else ''}."
    if ago > timedelta(seconds=max(SWEEP_SECONDS_MAX, 3 * period_seconds)):
        return SystemCheck(name="sweep", state=CheckState.WARNING, message=message, remedy=remedy)
    return SystemCheck(name="sweep", state=CheckState.OK, message=message)


class _Neighbour(Protocol):
    async def ping(self) -> None: ...


def _ping_probe(name: str, neighbour: _Neighbour) -> Probe:
    async def probe() -> Diagnosis:
        return Diagnosis(checks=await _pinged(name, neighbour.ping))

    return probe


async def _pinged(name: str, ping: Callable[[], Awaitable[None]]) -> list[SystemCheck]:
    clock = asyncio.get_running_loop().time
    began = clock()

    async def answered() -> Sequence[SystemCheck]:
        await ping()
        latency_ms = round((clock() - began) * 1000)
        message = f"Answers, {latency_ms} ms."
        return [SystemCheck(name=name, state=CheckState.OK, message=message, latency_ms=latency_ms)]

    return await look_at(name, _REMEDIES[name], answered)
