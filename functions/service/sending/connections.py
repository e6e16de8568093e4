"""How many connections a mail server takes, found by opening them, and the share of each worker.

A server that refuses one more connection while others work has told its limit, which holds for all
workers together. Each worker says with each batch how many connections it has, and gets a share.
One that has none may always try one, so nobody depends on what others reported. From time to time
more than the limit is tried, or a worker with many gives some up for a worker with few.

Invariant: a connection that works is not closed because a limit was found, but for those that are
given up now and then, and that more and more seldom if they cannot be opened elsewhere: a server
may limit new connections as well. A share is forgotten if its worker does not ask for a while.
Pure: values in, values out.
This module must not know how mail is sent or where the shares are stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

KEPT = timedelta(seconds=60)
"""Longer than a connection is kept idle, and than nearly all batches take."""
RENEWED_AFTER = timedelta(seconds=15)
"""While there is no limit, a share is written this often, not with every batch."""
FIRST_PAUSE = timedelta(seconds=10)
PAUSE_MAX = timedelta(minutes=10)
BATCH_SECONDS = 4.0
"""While workers share a limit, a batch has about as many messages as its worker sends meanwhile."""
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
WORKERS_MAX = 500
"""More workers are not remembered; they try one connection at a time."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections of one worker. `working`: how many it has. `connections_max`: how many its
    settings allow. `message_seconds`: how long the server takes for a message on one of them; 0
    while unknown."""

    working: int
    connections_max: int
    message_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """`connections`: how many the worker may have. `working`: how many it had when it last asked.
    `tried`: how many of its connections are more than the limit, to find out. `is_refused`: it got
    no connection when it last wanted one. `message_seconds`: as in `Pool`."""

    connections: int
    working: int
    seen_at: datetime
    tried: int = 0
    is_refused: bool = False
    message_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Connections:
    """`shares`: by worker. `limit`: how many connections the server takes from all of them; None if
    it never refused one. `reason`: what it said when it last did. `grows_at`: when more than the
    limit may be tried. `pause_seconds`: from a trial to the next. `step`: how many are tried.
    `queue_until`: messages that wait are expected to go until then."""

    shares: Mapping[str, Share] = field(default_factory=dict)
    limit: int | None = None
    reason: str = ""
    grows_at: datetime | None = None
    pause_seconds: float = FIRST_PAUSE.total_seconds()
    step: int = 1
    queue_until: datetime | None = None


def ask(found: Connections, worker: str, pool: Pool, now: datetime) -> Connections:
    """With the worker's share for its next batch."""
    before = found.shares.get(worker)
    if found.limit is None:
        if before is not None and _is_as_known(before, pool, now):
            return found
        return _with_share(found, worker, _share(pool.connections_max, pool, before, now), now)
    others = _others(found, worker, now)
    known, limit = _grown(found, found.limit, others, before, pool)
    if limit >= pool.connections_max * (len(others) + 1):
        share = _share(pool.connections_max, pool, before, now)
        return _with_share(Connections(found.shares), worker, share, now)
    fair = -(-limit // (len(others) + 1))
    left = limit - sum(max(it.connections, it.working) for it in others)
    may_try = known.grows_at is None or now >= known.grows_at
    gives_up = tried = 0
    if may_try and any(it.working < limit // (len(others) + 1) for it in others):
        gives_up = (max(pool.working - fair, 0) + 1) // 2
    connections = max(pool.working - gives_up, min(fair, left), 1)
    if may_try and not gives_up and pool.working >= connections >= left:
        tried = min(known.step, pool.connections_max - connections)
    if gives_up or tried:
        known = replace(known, grows_at=now + timedelta(seconds=known.pause_seconds))
    share = replace(_share(connections + tried, pool, before, now), tried=tried)
    return _with_share(known, worker, share, now)


def connections_of(found: Connections, worker: str, pool: Pool) -> int:
    """How many connections the worker may have."""
    share = found.shares.get(worker)
    if share is None:
        return pool.connections_max if found.limit is None else 1
    return min(share.connections, pool.connections_max)


def messages_max(found: Connections, worker: str, now: datetime) -> int | None:
    """How many messages the worker should take in a batch, so that none waits for it while other
    workers have nothing to do; None: any number."""
    share = found.shares.get(worker)
    if found.limit is None or not _others(found, worker, now):
        return None
    if share is None or share.message_seconds == 0:
        return share.connections if share else 1
    return max(int(BATCH_SECONDS / share.message_seconds), 1) * share.connections


def wait(found: Connections, now: datetime) -> tuple[Connections, datetime]:
    """When one more message should ask again that its worker could not send soon."""
    known = [it.message_seconds for it in _others(found, "", now) if it.message_seconds > 0]
    soonest = now + SHORTEST_WAIT
    at = max(found.queue_until or soonest, soonest)
    if not known or found.limit is None:
        return found, soonest
    seconds = sum(known) / len(known) / found.limit
    return replace(found, queue_until=min(at + timedelta(seconds=seconds), now + LONGEST_WAIT)), at


def refused(found: Connections, worker: str, pool: Pool, reason: str, now: datetime) -> Connections:
    """`pool`: as it was when the server refused one more connection. If no connection works, the
    refusal says nothing about their number."""
    working = pool.working + sum(it.working for it in _others(found, worker, now))
    before = found.shares.get(worker)
    share = replace(_share(max(pool.working, 1), pool, before, now), is_refused=pool.working == 0)
    if working == 0:
        return _with_share(Connections(found.shares), worker, share, now)
    if found.limit is None or working > found.limit:
        pause = FIRST_PAUSE
    elif working < found.limit or (before is not None and before.tried):
        pause = min(timedelta(seconds=found.pause_seconds) * 2, PAUSE_MAX)
    else:
        return _with_share(found, worker, share, now)
    known = replace(
        found,
        limit=working,
        reason=reason,
        grows_at=now + pause,
        pause_seconds=pause.total_seconds(),
        step=1,
    )
    return _with_share(known, worker, share, now)


def may_work_elsewhere(found: Connections, worker: str, now: datetime) -> bool:
    """Whether another worker has a connection, or may have got one since it last asked."""
    return any(it.working or not it.is_refused for it in _others(found, worker, now))


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


def _share(connections: int, pool: Pool, before: Share | None, now: datetime) -> Share:
    return Share(
        connections,
        pool.working,
        now,
        is_refused=pool.working == 0 and before is not None and before.is_refused,
        message_seconds=pool.message_seconds,
    )


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
