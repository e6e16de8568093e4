"""The limiter: decides for a batch which messages may go now, and learns how they ended.

It applies the buckets, the breaker, the throughput and the connections of a sending account; all
workers share them.
Invariant: a grant is stored by compare-and-set before anybody acts on it, so the workers together
never exceed a rate. A worker that loses too often defers its messages instead of guessing. The
clock is read after the account: a worker that was suspended in between would otherwise see buckets
from its future, believe that the clock was set back, and forget what is owed. A batch costs one
read and one write, and two more only if there is a refusal to report.
This module must not know messages, leads or where accounts are stored.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Sent, Unknown
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.rates import Rate
from functions.service.sending import connections, throughput
from functions.service.sending.blocked_mail import blocked_lately, with_blocked
from functions.service.sending.breaker import (
    Breaker,
    BreakerRule,
    BreakerState,
    Heard,
    Verdict,
    admit,
    campaign_at_fault,
    hear,
    probing,
    public_reason,
    refusal_reason,
    unused,
    verdict_of,
    without_addresses,
)
from functions.service.sending.connections import Connections, Pool
from functions.service.sending.ports import SendingAccounts
from functions.service.sending.rates import OTHERS, Limits
from functions.service.sending.records import SendingAccountState
from functions.service.sending.throughput import Grant, Report, Throughput
from functions.service.sending.token_bucket import OWN, Deferral, Level, decide, level

ATTEMPTS_MAX = 10
"""In each round at least one worker wins, so this also is how many may ask at the same instant."""
REFUSED_WAIT = timedelta(seconds=10)
CONNECT_WAIT = timedelta(seconds=2)
"""Until the breaker has heard enough to open."""
CROWDED_SECONDS = 1.0
CROWDED = "too many workers asked to send at the same moment"

Clock = Callable[[], Awaitable[datetime]]


@dataclass(slots=True)
class Permit:
    """What one batch was granted: every message that is not in `deferrals` may go. It also takes
    the outcomes, and stops the batch when they open the breaker or say that mail comes too fast.
    """

    deferrals: Mapping[str, Deferral] = field(default_factory=dict)
    rule: BreakerRule = field(default_factory=BreakerRule)
    breaker: Breaker = field(default_factory=Breaker)
    probed_at: datetime | None = None
    """When the probe began; None if the batch has none."""
    refusals_found: int = 0
    """Refusals in a row that were stored when the permit was given. One answer resets them."""
    throughput: Throughput | None = None
    asked_at: datetime | None = None
    granted: int = 0
    is_test: bool = False
    """Whether the one message of the batch tests the throughput."""
    heard: list[Heard] = field(default_factory=list)
    answered: int = 0
    """Messages that the server dealt with, in whatever way."""
    too_fast: str | None = None
    """The server's words when it said for the first time that mail comes too fast."""
    connections_max: int | None = None
    """How many connections the worker may have; None: as many as its settings allow."""
    may_work_elsewhere: bool = False
    """Whether another worker has a connection, as far as is known."""
    refused_pool: Pool | None = None
    """The worker's connections when the server refused another one."""
    refused_reason: str = ""

    def hear(self, outcome: Outcome, now: datetime, campaign_id: str = "") -> None:
        verdict = verdict_of(outcome, campaign_id)
        self.heard.append(verdict)
        self.breaker = hear(self.breaker, verdict, now, self.rule, self.probed_at)
        if not isinstance(outcome, Sent | Unknown) and outcome.concern is Concern.RATE:
            if self.too_fast is None:
                self.too_fast = public_reason(outcome)
                self.throughput = throughput.hear(self.throughput, self.report(now), now)
        elif isinstance(outcome, Sent | Unknown) or outcome.code:
            self.answered += 1

    def hear_no_connection(self, refusals: Sequence[Deferred], pool: Pool, now: datetime) -> None:
        """The server refused these connections. They count for the breaker only if no connection
        works, whichever worker has it."""
        if any(it.concern is Concern.CONNECTION for it in refusals):
            self.refused_pool, self.refused_reason = pool, public_reason(refusals[-1])
        if pool.working == 0 and not self.may_work_elsewhere:
            for refusal in refusals:
                self.hear(refusal, now)

    def stopped(self, now: datetime) -> Deferral | None:
        """Until when, and why, one more message of the batch has to wait; None if it may go."""
        if self.breaker.state is BreakerState.OPEN and self.breaker.open_until is not None:
            return Deferral(self.breaker.open_until, refusal_reason(self.breaker))
        return self._later(now) if self.too_fast is not None else None

    def put_back(self, outcome: Outcome, now: datetime) -> Deferral | None:
        """Until when, and why, a message waits whose outcome says nothing about it; None if it
        does. Such an outcome is no delivery attempt."""
        if isinstance(outcome, Sent | Unknown):
            return None
        said = f"{outcome.code or ''} {outcome.reason}".strip()
        match outcome.concern:
            case Concern.SENDING_ACCOUNT:
                return self.stopped(now) or Deferral(now + REFUSED_WAIT, said)
            case Concern.RATE:
                return self.stopped(now)
            case Concern.CONNECTION if outcome.phase is Phase.CONNECT:
                return self.stopped(now) or Deferral(now + CONNECT_WAIT, said)
        return None

    def report(self, now: datetime) -> Report:
        asked_at = self.asked_at or now
        return Report(asked_at, self.granted, self.answered, self.is_test, self.too_fast)

    def _later(self, now: datetime) -> Deferral | None:
        if self.throughput is None:
            return None
        self.throughput, at = throughput.wait(self.throughput, now)
        return Deferral(at, slow_reason(self.throughput))


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """The state of an account, for health checks and metrics. `levels`: by domain named in the
    limits; the account's own is under `OWN`. `blocked`: how many messages were blocked in the last
    day. `blocked_reason`: the latest server's words; empty if there are none. `throughput`,
    `connections`: what the server was found to take. `rate`: its own; None: unlimited."""

    name: str
    breaker: Breaker
    levels: Mapping[str, Level]
    blocked: int = 0
    blocked_reason: str = ""
    throughput: Throughput | None = None
    connections: Connections = field(default_factory=Connections)
    rate: Rate | None = None


class Unlimited:
    """A limiter without rates or a breaker, and without any cost."""

    async def ask(
        self, recipients: Mapping[str, str], clock: Clock, pool: Pool | None = None
    ) -> Permit:
        # More refusals than the batch has messages, so the batch is never stopped.
        return Permit(rule=BreakerRule(refusals_max=len(recipients) + 1))

    async def report(self, permit: Permit, now: datetime) -> str | None:
        return None

    async def note_blocked(self, number: int, reason: str, at: datetime) -> None:
        """Does nothing."""

    async def look(self, now: datetime) -> SendingAccount | None:
        return None

    async def close(self) -> None:
        """Does nothing."""


class Limiter:
    """One per process and event loop. All limiters of an account share its state."""

    def __init__(
        self,
        workspace_id: WorkspaceId,
        sending_account: str,
        limits: Limits,
        sending_accounts: SendingAccounts,
        rule: BreakerRule | None = None,
        *,
        worker: str = "",
    ) -> None:
        """`sending_account`: the mail server, or the login there, that is limited. `worker`: names
        this process among those that share its connections."""
        self._workspace_id = workspace_id
        self._sending_account = sending_account
        self._limits = limits
        self._sending_accounts = sending_accounts
        self._rule = rule or BreakerRule()
        self._worker = worker

    async def ask(
        self, recipients: Mapping[str, str], clock: Clock, pool: Pool | None = None
    ) -> Permit:
        """`recipients`: addresses by send key, in the order in which they are served. `clock`:
        reads the store's clock. `pool`: the worker's connections; None: it asks for no share."""
        if not recipients:
            return Permit()
        for _ in range(ATTEMPTS_MAX):
            before = await self._find()
            after, permit = self._decide(before, recipients, pool, await clock())
            if await self._has_changed(before, after):
                return permit
        spread = timedelta(milliseconds=10)
        at = await clock() + timedelta(seconds=CROWDED_SECONDS)
        return Permit({key: Deferral(at + n * spread, CROWDED) for n, key in enumerate(recipients)})

    async def report(self, permit: Permit, now: datetime) -> str | None:
        """Store what the server said, for the other workers. Returns the campaign whose messages it
        refuses, if there is one. The report is lost if too many workers report at once: the next
        batch then repeats it, and an unreported probe times out."""
        is_undoing = permit.refusals_found > 0 and bool(permit.heard)
        is_refused = any(it.verdict in (Verdict.REFUSED, Verdict.UNCLEAR) for it in permit.heard)
        is_of_rate = permit.is_test or permit.too_fast is not None
        is_of_connections = permit.refused_pool is not None
        is_probe = permit.probed_at is not None
        if not (is_refused or is_undoing or is_of_rate or is_of_connections or is_probe):
            return None
        for _ in range(ATTEMPTS_MAX):
            before = await self._find()
            after = self._after(before, permit, now)
            if await self._has_changed(before, after):
                return campaign_at_fault(after.breaker, self._rule) if is_refused else None
        return None

    async def note_blocked(self, number: int, reason: str, at: datetime) -> None:
        """`number` messages were blocked, the latest at `at` for this reason. Lost if too many
        workers report at once."""
        for _ in range(ATTEMPTS_MAX):
            before = await self._find()
            blocked = with_blocked(before.blocked, number, without_addresses(reason), at)
            if await self._has_changed(before, replace(before, blocked=blocked)):
                return

    async def look(self, now: datetime) -> SendingAccount | None:
        state = await self._find()
        names = [OWN, *(name for name in self._limits.domains if name != OTHERS)]
        levels = {name: level(self._limits, state.buckets, name, now) for name in names}
        known = {name: it for name, it in levels.items() if it is not None}
        blocked = blocked_lately(state.blocked, now)
        reason = state.blocked.reason if blocked else ""
        return SendingAccount(
            self._sending_account,
            state.breaker,
            known,
            blocked,
            reason,
            state.throughput,
            state.connections,
            self._limits.own,
        )

    async def close(self) -> None:
        await self._sending_accounts.close()

    def _decide(
        self,
        before: SendingAccountState,
        recipients: Mapping[str, str],
        pool: Pool | None,
        now: datetime,
    ) -> tuple[SendingAccountState, Permit]:
        breaker = before.breaker
        admission = admit(breaker, now, self._rule)
        shared, connections_max = before.connections, None
        waiting: dict[str, Deferral] = {}
        if pool is not None:
            shared = connections.ask(shared, self._worker, pool, now)
            connections_max = connections.connections_of(shared, self._worker, pool)
            most = connections.messages_max(shared, self._worker, now)
            if most is not None and admission.messages_max is None:
                for key in islice(recipients, most, None):
                    shared, at = connections.wait(shared, now)
                    waiting[key] = Deferral(at, few_connections_reason(shared))
                recipients = dict(islice(recipients.items(), most))
        wanted = len(recipients)
        if admission.messages_max is not None:
            wanted = min(wanted, admission.messages_max)
        found, grant = (
            throughput.ask(before.throughput, wanted, now)
            if wanted
            else (before.throughput, Grant())
        )
        asking = dict(islice(recipients.items(), grant.messages_max))
        decision = decide(
            self._limits,
            before.buckets,
            asking,
            now,
            messages_max=admission.messages_max,
            beyond=admission.beyond,
        )
        granted = len(asking) - len(decision.deferrals)
        deferrals = {**waiting, **decision.deferrals}
        if found is not None:
            found = throughput.used(found, grant, granted, wanted)
            for key in islice(recipients, len(asking), None):
                found, at = throughput.wait(found, now)
                deferrals[key] = Deferral(at, slow_reason(found))
        is_probe = admission.messages_max == 1 and granted > 0
        if is_probe:
            breaker = probing(breaker, now, self._rule)
        permit = Permit(
            deferrals=deferrals,
            rule=self._rule,
            breaker=breaker,
            probed_at=now if is_probe else None,
            refusals_found=breaker.refusals + breaker.unclear,
            throughput=found,
            asked_at=now,
            granted=granted,
            is_test=grant.is_test and granted > 0,
            connections_max=connections_max,
            may_work_elsewhere=connections.may_work_elsewhere(
                before.connections, self._worker, now
            ),
        )
        after = replace(
            before,
            buckets=decision.buckets,
            breaker=breaker,
            throughput=found,
            connections=shared,
        )
        return after, permit

    def _after(
        self, before: SendingAccountState, permit: Permit, now: datetime
    ) -> SendingAccountState:
        breaker = before.breaker
        for heard in permit.heard:
            breaker = hear(breaker, heard, now, self._rule, permit.probed_at)
        if permit.probed_at is not None and not permit.heard:
            breaker = unused(breaker, now, permit.probed_at)
        found = throughput.hear(before.throughput, permit.report(now), now)
        if found is not None and permit.throughput is not None:
            found = throughput.queued_after(found, permit.throughput)
        shared = before.connections
        if permit.refused_pool is not None:
            pool, reason = permit.refused_pool, permit.refused_reason
            shared = connections.refused(shared, self._worker, pool, reason, now)
        return replace(before, breaker=breaker, throughput=found, connections=shared)

    async def _find(self) -> SendingAccountState:
        found = await self._sending_accounts.find(self._workspace_id, self._sending_account)
        return found or SendingAccountState(
            workspace_id=self._workspace_id, account=self._sending_account
        )

    async def _has_changed(self, before: SendingAccountState, after: SendingAccountState) -> bool:
        """True if the stored state is now `after`. An unchanged state is not written."""
        if after == before:
            return True
        return await self._sending_accounts.save(replace(after, revision=before.revision + 1))


def slow_reason(found: Throughput) -> str:
    """Why mail waits, for people."""
    return f"the mail server takes mail more slowly ({found.reason})"


def few_connections_reason(found: Connections) -> str:
    """Why mail waits, for people."""
    return f"the mail server takes {found.limit} connections at a time ({found.reason})"


def limiter_of(
    sending_account: str, limits: Limits, sending_accounts: SendingAccounts, worker: str
) -> Limiter:
    """The limiter of the mail server in the settings. `worker`: a new name for this process."""
    return Limiter(DEFAULT_WORKSPACE, sending_account, limits, sending_accounts, worker=worker)
