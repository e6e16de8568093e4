"""The limiter: decides for a batch which messages may go now, and learns how they ended.

It applies the buckets and the breaker of a sending account, which all workers share. Invariant: a
grant is stored by compare-and-set before anybody acts on it, so the workers together never exceed
a rate. A worker that loses too often defers its messages instead of guessing. The clock is read
after the account: a worker that was suspended in between would otherwise see buckets from its
future, believe that the clock was set back, and forget what is owed. A batch costs one read and
one write, and two more only if there is a refusal to report.
This module must not know messages, leads or where accounts are stored.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.flow.outcome import Outcome
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.sending.breaker import (
    Breaker,
    BreakerRule,
    BreakerState,
    Heard,
    Verdict,
    admit,
    hear,
    probing,
    refusal_reason,
    unused,
    verdict_of,
)
from functions.service.sending.ports import SendingAccounts
from functions.service.sending.rates import OTHERS, Limits
from functions.service.sending.records import SendingAccountState
from functions.service.sending.token_bucket import OWN, Deferral, Level, decide, level

ATTEMPTS_MAX = 10
"""In each round at least one worker wins, so this also is how many may ask at the same instant."""
CROWDED_SECONDS = 1.0
CROWDED = "too many workers asked to send at the same moment"

Clock = Callable[[], Awaitable[datetime]]


@dataclass(slots=True)
class Permit:
    """What one batch was granted: every message that is not in `deferrals` may go. It also takes
    the outcomes, and stops the batch (`stopped_until`) when they open the breaker."""

    deferrals: Mapping[str, Deferral] = field(default_factory=dict)
    rule: BreakerRule = field(default_factory=BreakerRule)
    breaker: Breaker = field(default_factory=Breaker)
    probed_at: datetime | None = None
    """When the probe began; None if the batch has none."""
    refusals_found: int = 0
    """Refusals in a row that were stored when the permit was given. One answer resets them."""
    heard: list[Heard] = field(default_factory=list)

    def hear(self, outcome: Outcome, now: datetime) -> None:
        verdict = verdict_of(outcome)
        self.heard.append(verdict)
        self.breaker = hear(self.breaker, verdict, now, self.rule, self.probed_at)

    @property
    def stopped_until(self) -> Deferral | None:
        """Until when, and why, the rest of the batch has to wait; None while it may go on."""
        if self.breaker.state is not BreakerState.OPEN or self.breaker.open_until is None:
            return None
        return Deferral(self.breaker.open_until, refusal_reason(self.breaker))


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """The state of an account, for health checks and metrics. `levels`: by domain named in the
    limits; the account's own is under `OWN`."""

    name: str
    breaker: Breaker
    levels: Mapping[str, Level]


class Unlimited:
    """A limiter without rates or a breaker, and without any cost."""

    async def ask(self, recipients: Mapping[str, str], clock: Clock) -> Permit:
        # More refusals than the batch has messages, so the batch is never stopped.
        return Permit(rule=BreakerRule(refusals_max=len(recipients) + 1))

    async def report(self, permit: Permit, now: datetime) -> None:
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
    ) -> None:
        """`sending_account`: the mail server, or the login there, that is limited."""
        self._workspace_id = workspace_id
        self._sending_account = sending_account
        self._limits = limits
        self._sending_accounts = sending_accounts
        self._rule = rule or BreakerRule()

    async def ask(self, recipients: Mapping[str, str], clock: Clock) -> Permit:
        """`recipients`: addresses by send key, in the order in which they are served. `clock`:
        reads the store's clock."""
        if not recipients:
            return Permit()
        for _ in range(ATTEMPTS_MAX):
            before = await self._find()
            after, permit = self._decide(before, recipients, await clock())
            if await self._has_changed(before, after):
                return permit
        spread = timedelta(milliseconds=10)
        at = await clock() + timedelta(seconds=CROWDED_SECONDS)
        return Permit({key: Deferral(at + n * spread, CROWDED) for n, key in enumerate(recipients)})

    async def report(self, permit: Permit, now: datetime) -> None:
        """Store what the server said, for the other workers. The report is lost if too many
        workers report at once: the next batch then repeats it, and an unreported probe times
        out."""
        is_undoing = permit.refusals_found > 0 and bool(permit.heard)
        is_refused = any(it.verdict is Verdict.REFUSED for it in permit.heard)
        if not (is_refused or is_undoing or permit.probed_at is not None):
            return
        await self._change(lambda breaker: self._after(breaker, permit, now))

    async def look(self, now: datetime) -> SendingAccount | None:
        state = await self._find()
        names = [OWN, *(name for name in self._limits.domains if name != OTHERS)]
        levels = {name: level(self._limits, state.buckets, name, now) for name in names}
        known = {name: it for name, it in levels.items() if it is not None}
        return SendingAccount(self._sending_account, state.breaker, known)

    async def close(self) -> None:
        await self._sending_accounts.close()

    def _decide(
        self, before: SendingAccountState, recipients: Mapping[str, str], now: datetime
    ) -> tuple[SendingAccountState, Permit]:
        breaker = before.breaker
        admission = admit(breaker, now, self._rule)
        decision = decide(
            self._limits,
            before.buckets,
            recipients,
            now,
            messages_max=admission.messages_max,
            beyond=admission.beyond,
        )
        is_probe = admission.messages_max == 1 and len(decision.deferrals) < len(recipients)
        if is_probe:
            breaker = probing(breaker, now, self._rule)
        permit = Permit(
            deferrals=decision.deferrals,
            rule=self._rule,
            breaker=breaker,
            probed_at=now if is_probe else None,
            refusals_found=breaker.refusals,
        )
        return replace(before, buckets=decision.buckets, breaker=breaker), permit

    def _after(self, breaker: Breaker, permit: Permit, now: datetime) -> Breaker:
        for heard in permit.heard:
            breaker = hear(breaker, heard, now, self._rule, permit.probed_at)
        if permit.probed_at is not None and not permit.heard:
            breaker = unused(breaker, now, permit.probed_at)
        return breaker

    async def _change(self, change: Callable[[Breaker], Breaker]) -> None:
        for _ in range(ATTEMPTS_MAX):
            before = await self._find()
            if await self._has_changed(before, replace(before, breaker=change(before.breaker))):
                return

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


def limiter_of(
    sending_account: str, limits: Limits, sending_accounts: SendingAccounts
) -> Limiter | Unlimited:
    """The limiter of the mail server in the settings. Without limits it is `Unlimited`."""
    if limits.are_off:
        return Unlimited()
    return Limiter(DEFAULT_WORKSPACE, sending_account, limits, sending_accounts)
