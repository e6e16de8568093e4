"""The stores of workspace settings, of sessions and of the buckets of throttles.

Invariant: every write of settings is a compare-and-set on one document. Unless stated otherwise, a
method takes one round trip. This module must not know adapters.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from functions.service.access.records import Session, WorkspaceId, WorkspaceSettings


class SessionsAwayError(Exception):
    """The sessions cannot be read or written now. The message is for operators."""


class WorkspaceSettingsStore(Protocol):
    async def find(self, workspace_id: WorkspaceId) -> WorkspaceSettings | None:
        """None before the first change."""

    async def save(self, settings: WorkspaceSettings) -> bool:
        """Compare-and-set: wins if the stored revision is `settings.revision - 1` (0: none is
        stored)."""


class Sessions(Protocol):
    """All methods may raise SessionsAwayError."""

    async def add(self, session: Session) -> None: ...

    async def find(self, session_id: str) -> Session | None:
        """Of whatever workspace, because a request names only its session."""

    async def seen(self, session: Session) -> None:
        """Store a later `last_seen_at`. A session that has been removed stays removed."""

    async def latest(self, workspace_id: WorkspaceId, limit: int) -> list[Session]:
        """Those seen latest come first. At most two round trips."""

    async def remove(self, workspace_id: WorkspaceId, session_ids: Sequence[str]) -> int:
        """Returns how many there were."""

    async def remove_unseen(self, workspace_id: WorkspaceId, before: datetime, limit: int) -> None:
        """Remove sessions that were last seen before this time, at most `limit`."""

    async def close(self) -> None: ...


class ThrottleBuckets(Protocol):
    """Token buckets, each stored as the time at which it will be full. They may be lost: then they
    are full again."""

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        """Take tokens, in one atomic step, if the bucket has them: if it will be full at most
        `room - cost` from `now`, it is full by `cost` later, and None is returned. Otherwise
        nothing changes, and when it will be full is returned.

        A stored time before `now`, or later than `now + room + THROTTLE_SKEW`, counts as `now`: the
        latter is of a clock that was set back. Times are in whole milliseconds. One round trip if
        tokens are taken, and at most four if not."""

    async def forget_full(self, now: datetime, limit: int) -> int:
        """Forget buckets that are full at `now`, at most `limit`, those that have been full longest
        first. Returns how many; 0 if they are forgotten without this. A bucket from which tokens
        are taken meanwhile stays. At most two round trips."""

    async def close(self) -> None:
        """Close its own connections. The store closes those of a store."""


THROTTLE_SKEW = timedelta(seconds=5)
"""How far the clocks of two processes may differ."""


class AccessStore(Protocol):
    """This area's part of the store."""

    throttle_buckets: ThrottleBuckets
    sessions: Sessions
    workspace_settings: WorkspaceSettingsStore
