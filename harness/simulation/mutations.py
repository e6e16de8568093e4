"""Removes the mechanisms behind the guarantees one at a time: each removal must make a named
invariant fail.

`python -m harness.simulation.mutations` prints which one, and with which seed.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import cast
from unittest.mock import patch

from functions.flow import executor, walk
from functions.flow.carry_over import CarryOver
from functions.service.access.records import WorkspaceId
from functions.service.audience.records import Suppression
from functions.service.campaigns import import_into_campaign
from functions.service.campaigns.records import CampaignStatus
from functions.service.execution.ports import Leads
from functions.service.execution.records import Commit, StoredLead
from functions.service.leads import move_to_version
from functions.service.reports.ports import CountsStore, ResultsStore
from functions.service.reports.records import Counts, EmailResults
from functions.service.schedule import start_scheduled, sweep
from functions.service.sending import hand_over
from functions.service.sending.breaker import Breaker
from functions.service.sending.ports import Messages, SendingAccounts
from functions.service.sending.records import Claim, Message, SendingAccountState
from functions.service.store import Store
from harness.simulation.faulty_store import Around, layered
from harness.simulation.scenario import simulate
from harness.simulation.world import Shape

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SHAPE = Shape(campaigns_max=2, contacts_max=8, nodes_max=9, sweeps_max=15)
SEEDS_MAX = 1500

Adapt = Callable[[Store], Store]


@dataclass(frozen=True, slots=True)
class Mutation:
    """`breaks`: the invariants that fail without the mechanism. `seed`: a seed that showed it, in a
    world with limits or without (`is_throttled`), in which leads are moved to later versions or not
    (`may_move`), and campaigns may start and end at a time or all start at once (`may_schedule`).
    """

    name: str
    breaks: frozenset[str]
    seed: int
    adapt: Adapt = lambda store: store
    patched: Callable[[], AbstractContextManager[None]] = nullcontext
    is_throttled: bool = False
    may_move: bool = False
    may_schedule: bool = False


@dataclass(frozen=True, slots=True)
class Caught:
    mutation: Mutation
    invariant: str
    seed: int
    message: str


class _LastCommitWins(Around):
    """No compare-and-set: the last commit overwrites the others."""

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        leads = cast(Leads, self.inner)
        won = await leads.commit(commits, token, at)
        lost = [it for it in commits if it.lead.lead_id not in won]
        there = {
            it.lead.lead_id: it.lead for it in await leads.find([c.lead.lead_id for c in lost])
        }
        forced = [
            replace(it, lead=replace(it.lead, revision=there[it.lead.lead_id].revision + 1))
            for it in lost
            if it.lead.lead_id in there
        ]
        return won | await leads.commit(forced, token, at) if forced else won


class _EveryClaimWins(Around):
    """No unique claim: a message that another worker holds can be claimed."""

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        messages = cast(Messages, self.inner)
        won = await messages.claim(claims)
        lost = [it for it in claims if it.message.key not in won]
        there = {it.key: it for it in await messages.find([it.message.key for it in lost])}
        return won | await messages.claim(
            [replace(it, expected=there[it.message.key]) for it in lost if it.message.key in there]
        )


class _NoMessageLease(Around):
    """A message that is being sent looks as if its worker were dead."""

    async def find(self, keys: Sequence[str]) -> list[Message]:
        found = await cast(Messages, self.inner).find(keys)
        return [replace(it, lease_until=LONG_AGO) for it in found]


class _NoLeadLease(Around):
    """A lead with a lost job is never found again: its lease does not bring it into the sweep."""

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        never = datetime(9999, 1, 1, tzinfo=UTC)
        leads = cast(Leads, self.inner)
        return await leads.take_due(campaign_id, now, limit, never, token)


class _ForgottenDeltas(Around):
    """Deltas may be added twice: a roll-up does not store which records it has added."""

    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        found = await cast(CountsStore, self.inner).find(campaign_ids)
        return [replace(it, applied=()) for it in found]


class _ForgottenTallies(Around):
    """Results may get a tally twice: they do not name the latest revision that is in them."""

    async def find(self, campaign_id: str, node_ids: Sequence[str]) -> list[EmailResults]:
        found = await cast(ResultsStore, self.inner).find(campaign_id, node_ids)
        return [replace(it, counted=0) for it in found]


class _NoTallies(Around):
    """Counts do not keep what the results still lack."""

    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        found = await cast(CountsStore, self.inner).find(campaign_ids)
        return [replace(it, tallies={}) for it in found]


class _NothingUndrained(Around):
    """No repair of the outbox: effects that a dead worker left on a lead stay there."""

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        return []


class _NobodySuppressed(Around):
    """Suppressions are not checked."""

    async def find(self, email_keys: Sequence[str]) -> list[Suppression]:
        return []


class _NothingTurnedLate(Around):
    """A lead does not learn that its unknown message arrived after all."""

    async def turned_late(self, limit: int) -> list[Message]:
        return []


class _TrackingEventsForgotten(Around):
    """A condition is evaluated without the tracking events."""

    async def of_leads(self, lead_ids: Sequence[str]) -> Mapping[str, list[object]]:
        return {}


class _LastSaveWins(Around):
    """No compare-and-set of the shared account: each worker takes tokens from its own bucket."""

    async def save(self, state: SendingAccountState) -> bool:
        sending_accounts = cast(SendingAccounts, self.inner)
        while not await sending_accounts.save(state):
            there = await sending_accounts.find(state.workspace_id, state.account)
            state = replace(state, revision=there.revision + 1 if there else 1)
        return True


class _BucketForgotten(Around):
    """Each batch finds full buckets and a closed breaker."""

    async def find(
        self, workspace_id: WorkspaceId, sending_account: str
    ) -> SendingAccountState | None:
        found = await cast(SendingAccounts, self.inner).find(workspace_id, sending_account)
        return None if found is None else replace(found, buckets={}, breaker=Breaker())


def _around(**ports_: Callable[[object], object]) -> Adapt:
    return lambda store: layered(store, ports_)


@contextmanager
def _never_not_due() -> Iterator[None]:
    """Any claim that a pause is over is believed."""
    before = executor._not_due
    executor._not_due = lambda lead, now: False
    try:
        yield
    finally:
        executor._not_due = before


@contextmanager
def _no_time_to_store() -> Iterator[None]:
    """A condition assumes that every tracking event is in the store the moment it happens."""
    with patch.object(walk, "TRACKING_EVENT_STORED_WITHIN", timedelta()):
        yield


@contextmanager
def _given_back_at_once() -> Iterator[None]:
    """A connection is given back while its last settlement is still on its way to the store."""

    async def written(_settlement: object) -> None:
        return

    with patch.object(hand_over, "_written", written):
        yield


@contextmanager
def _had_is_forgotten() -> Iterator[None]:
    """A lead that is moved to a later version forgets which e-mails it had."""
    with patch.object(CarryOver, "not_again", lambda self, had: ()):
        yield


@contextmanager
def _nothing_held() -> Iterator[None]:
    """A message stays as it is when its lead is moved away from it."""

    async def nothing(services: object, page: object, *rest: object) -> None:
        return

    with (
        patch.object(move_to_version, "_hold", nothing),
        patch.object(move_to_version, "_let_go", nothing),
    ):
        yield


@contextmanager
def _always_due() -> Iterator[None]:
    """The sweep starts scheduled campaigns whatever their time is."""
    with patch.object(
        start_scheduled, "is_due", lambda it, now: it.status is CampaignStatus.SCHEDULED
    ):
        yield


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """The sweep does not look for campaigns whose time has come."""

    async def nothing(_services: object) -> int:
        return 0

    with patch.object(sweep, "start_scheduled", nothing):
        yield


@contextmanager
def _not_reopened() -> Iterator[None]:
    """Contacts of a campaign that waits or has completed are imported, and that is all."""
    running = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
    with patch.object(import_into_campaign, "ENROLS", running):
        yield


MUTATIONS = (
    Mutation("compare-and-set", frozenset({"I3", "I4"}), 26, _around(leads=_LastCommitWins)),
    Mutation("claim", frozenset({"I2"}), 1, _around(messages=_EveryClaimWins)),
    Mutation("message lease", frozenset({"I7"}), 191, _around(messages=_NoMessageLease)),
    Mutation(
        "wait for the last settlement",
        frozenset({"I7"}),
        33,
        patched=_given_back_at_once,
    ),
    Mutation("lead lease", frozenset({"I1"}), 18, _around(leads=_NoLeadLease)),
    Mutation("due-time re-check", frozenset({"I5"}), 0, patched=_never_not_due),
    Mutation("once-only deltas", frozenset({"I9"}), 6, _around(counts=_ForgottenDeltas)),
    Mutation("once-only results", frozenset({"I9"}), 0, _around(results=_ForgottenTallies)),
    Mutation("kept tallies", frozenset({"I9"}), 12, _around(counts=_NoTallies)),
    Mutation("outbox repair", frozenset({"I4", "I9"}), 12, _around(leads=_NothingUndrained)),
    Mutation("suppression", frozenset({"I6"}), 2, _around(suppressions=_NobodySuppressed)),
    Mutation("late answers", frozenset({"I3", "I9"}), 5483, _around(messages=_NothingTurnedLate)),
    Mutation(
        "tracking events", frozenset({"D"}), 0, _around(tracking_events=_TrackingEventsForgotten)
    ),
    Mutation("time to store tracking events", frozenset({"D"}), 47, patched=_no_time_to_store),
    Mutation(
        "bucket's compare-and-set",
        frozenset({"L1"}),
        30,
        _around(sending_accounts=_LastSaveWins),
        is_throttled=True,
    ),
    Mutation(
        "bucket",
        frozenset({"L1"}),
        30,
        _around(sending_accounts=_BucketForgotten),
        is_throttled=True,
    ),
    Mutation(
        "e-mails it had before a move",
        frozenset({"I2", "I4"}),
        0,
        patched=_had_is_forgotten,
        may_move=True,
    ),
    Mutation(
        "held messages",
        frozenset({"I2", "I3"}),
        0,
        patched=_nothing_held,
        may_move=True,
    ),
    Mutation("time of a launch", frozenset({"S"}), 0, patched=_always_due, may_schedule=True),
    Mutation(
        "start of scheduled campaigns",
        frozenset({"S"}),
        14,
        patched=_nothing_starts,
        may_schedule=True,
    ),
    Mutation(
        "enrolment of later contacts",
        frozenset({"I1"}),
        190,
        patched=_not_reopened,
        may_schedule=True,
    ),
)


def catch(mutation: Mutation, seeds: Iterable[int]) -> Caught | None:
    """The first seed that violates an invariant that the mutation should break, or None."""
    for seed in seeds:
        with mutation.patched():
            result = simulate(
                seed,
                shape=SHAPE,
                adapt=mutation.adapt,
                is_throttled=mutation.is_throttled,
                may_switch=False,
                may_move=mutation.may_move,
                may_schedule=mutation.may_schedule,
            )
        for violation in result.violations:
            if violation.invariant in mutation.breaks:
                return Caught(mutation, violation.invariant, seed, violation.message)
    return None


def main() -> int:
    is_whole = True
    sys.stdout.write(f"{'without':28} {'breaks':7} {'seed':>5}  how\n")
    for mutation in MUTATIONS:
        caught = catch(mutation, chain([mutation.seed], range(SEEDS_MAX)))
        if caught is None:
            sys.stdout.write(f"{mutation.name:28} nothing in {SEEDS_MAX} seeds\n")
        else:
            sys.stdout.write(
                f"{mutation.name:28} {caught.invariant:7} {caught.seed:5}  {caught.message[:110]}\n"
            )
        is_whole &= caught is not None
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
