"""How many connections a mail server takes, found by opening them, and the share of each worker.

A server that refuses one more connection while others work has told its limit, which holds for all
workers together. Each worker says with each batch how many connections it has, and gets a share.
One that has none may always try one, so nobody depends on what others reported. From time to time
more than the limit is tried, or a worker with many gives one up for a worker without.

Invariant: a connection that works is not closed because a limit was found, but for those that are
given up one at a time; so a server that limits new connections loses us none. A share is forgotten
if its worker does not ask for a while. Pure: values in, values out.
This module must not know how mail is sent or where the shares are stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

KEPT = timedelta(seconds=60)
"""Longer than a connection is kept idle, and than nearly all batches take."""
RENEWED_AFTER = timedelta(seconds=15)
"""While there is no limit, a share is written this often, not with every batch."""
FIRST_PAUSE = timedelta(seconds=30)
PAUSE_MAX = timedelta(minutes=10)
WORKERS_MAX = 500
"""More workers are not remembered; they try one connection at a time."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections of one worker. `working`: how many it has. `connections_max`: how many its
    settings allow."""

    working: int
    connections_max: int


@dataclass(frozen=True, slots=True)
class Share:
    """`connections`: how many the worker may have. `working`: how many it had when it last asked.
    `tried`: how many of its connections are more than the limit, to find out."""

    connections: int
    working: int
    seen_at: datetime
    tried: int = 0


@dataclass(frozen=True, slots=True)
class Connections:
    """`shares`: by worker. `limit`: how many connections the server takes from all of them; None if
    it never refused one. `reason`: what it said when it last did. `grows_at`: when more than the
    limit may be tried. `pause_seconds`: from a trial to the next. `step`: how many are tried."""

    shares: Mapping[str, Share] = field(default_factory=dict)
    limit: int | None = None
    reason: str = ""
    grows_at: datetime | None = None
    pause_seconds: float = FIRST_PAUSE.total_seconds()
    step: int = 1


def ask(found: Connections, worker: str, pool: Pool, now: datetime) -> Connections:
    """With the worker's share for its next batch."""
    before = found.shares.get(worker)
    if found.limit is None:
        if before is not None and _is_as_known(before, pool, now):
            return found
        return _with_share(found, worker, Share(pool.connections_max, pool.working, now), now)
    others = _others(found, worker, now)
    known, limit = _grown(found, found.limit, others, before, pool)
    if limit >= pool.connections_max * (len(others) + 1):
        share = Share(pool.connections_max, pool.working, now)
        return _with_share(Connections(found.shares), worker, share, now)
    fair = -(-limit // (len(others) + 1))
    left = limit - sum(max(it.connections, it.working) for it in others)
    may_try = known.grows_at is None or now >= known.grows_at
    gives_up = may_try and pool.working > fair and any(it.working == 0 for it in others)
    connections = max(pool.working - gives_up, min(fair, left), 1)
    is_full = pool.working >= connections >= left
    tried = min(known.step, pool.connections_max - connections) if may_try and is_full else 0
    if gives_up or tried:
        known = replace(known, grows_at=now + timedelta(seconds=known.pause_seconds))
    share = Share(connections + (0 if gives_up else tried), pool.working, now, tried)
    return _with_share(known, worker, share, now)


def connections_of(found: Connections, worker: str, pool: Pool) -> int:
    """How many connections the worker may have."""
    share = found.shares.get(worker)
    if share is None:
        return pool.connections_max if found.limit is None else 1
    return min(share.connections, pool.connections_max)


def refused(found: Connections, worker: str, pool: Pool, reason: str, now: datetime) -> Connections:
    """`pool`: as it was when the server refused one more connection. If no connection works, the
    refusal says nothing about their number."""
    working = pool.working + sum(it.working for it in _others(found, worker, now))
    before = found.shares.get(worker)
    share = Share(max(pool.working, 1), pool.working, now)
    if working == 0:
        return _with_share(Connections(found.shares), worker, share, now)
    if working != found.limit:
        pause, step, grows_at = FIRST_PAUSE, 1, now + FIRST_PAUSE
    elif before is not None and before.tried:
        pause, step = min(timedelta(seconds=found.pause_seconds) * 2, PAUSE_MAX), 1
        grows_at = now + pause
    else:
        return _with_share(found, worker, share, now)
    known = replace(
        found,
        limit=working,
        reason=reason,
        grows_at=grows_at,
        pause_seconds=pause.total_seconds(),
        step=step,
    )
    return _with_share(known, worker, share, now)


def works_elsewhere(found: Connections, worker: str, now: datetime) -> bool:
    """Whether another worker has a connection, as far as is known."""
    return any(it.working for it in _others(found, worker, now))


def in_use(found: Connections, now: datetime) -> int:
    """How many connections all workers have, as far as is known."""
    return sum(it.working for it in _others(found, "", now))


def _grown(
    found: Connections, limit: int, others: list[Share], before: Share | None, pool: Pool
) -> tuple[Connections, int]:
    """What works at the same time is within the server's limit."""
    working = pool.working + sum(it.working for it in others)
    if working <= limit:
        return found, limit
    if before is not None and before.tried:
        pause_seconds = FIRST_PAUSE.total_seconds()
        found = replace(found, step=found.step * 2, pause_seconds=pause_seconds)
    return replace(found, limit=working), working


def _is_as_known(share: Share, pool: Pool, now: datetime) -> bool:
    is_same = (share.working > 0) == (pool.working > 0)
    return is_same and abs(now - share.seen_at) < RENEWED_AFTER


def _others(found: Connections, worker: str, now: datetime) -> list[Share]:
    """The shares of other workers that still count. One from the future, because a clock was set
    back, does not."""
    return [
        it for name, it in found.shares.items() if name != worker and abs(now - it.seen_at) < KEPT
    ]


def _with_share(found: Connections, worker: str, share: Share, now: datetime) -> Connections:
    shares = {
        name: it
        for name, it in found.shares.items()
        if name != worker and abs(now - it.seen_at) < KEPT
    }
    if len(shares) < WORKERS_MAX:
        shares[worker] = share
    return replace(found, shares=shares)
