"""Promises of `Sessions`, over each store and over Redis."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path

from functions.service.access.ports import Sessions
from functions.service.access.records import DEFAULT_WORKSPACE, Session, WorkspaceId
from local.team.redis_sessions import RedisSessions
from tests.adapters.port_kinds import PortKind, over, port_kinds

NOW = datetime.now(UTC).replace(microsecond=123_000)  # noqa: TID251 (Redis expires by its own clock)
FIRST = Session(
    session_id="a" * 64,
    workspace_id=DEFAULT_WORKSPACE,
    token_name="ebk_Ab3dE6gH",
    token_digest="d" * 64,
    created_at=NOW - timedelta(days=3),
    last_seen_at=NOW,
    user_agent='Mozilla/5.0 (X11; "Linux") ✉',
    address="2001:db8::1",
)
OTHER = WorkspaceId("other")

KINDS = port_kinds(attrgetter("sessions"), RedisSessions)


def over_all(
    scenario: Callable[[Sessions], Awaitable[None]],
) -> Callable[[PortKind[Sessions], Path], None]:
    return over(KINDS, scenario)


def named(name: str, minutes: int = 0, workspace_id: WorkspaceId = DEFAULT_WORKSPACE) -> Session:
    """Last seen so many minutes before NOW."""
    seen = NOW - timedelta(minutes=minutes)
    return replace(FIRST, session_id=name * 64, last_seen_at=seen, workspace_id=workspace_id)


@over_all
async def test_session_comes_back_whole(sessions: Sessions) -> None:
    assert await sessions.find(FIRST.session_id) is None
    await sessions.add(FIRST)
    assert await sessions.find(FIRST.session_id) == FIRST


@over_all
async def test_those_seen_latest_come_first(sessions: Sessions) -> None:
    """Of that workspace alone, and at most as many as asked for."""
    for it in (named("a", 2), named("b", 1), named("c", 3), named("d", 0, OTHER)):
        await sessions.add(it)
    assert await sessions.latest(DEFAULT_WORKSPACE, 2) == [named("b", 1), named("a", 2)]
    assert await sessions.latest(OTHER, 9) == [named("d", 0, OTHER)]
    await sessions.seen(named("c", 0))
    found = await sessions.latest(DEFAULT_WORKSPACE, 9)
    assert found == [named("c", 0), named("b", 1), named("a", 2)]


@over_all
async def test_removed_session_stays_removed(sessions: Sessions) -> None:
    """A request that is under way while somebody revokes the session does not bring it back."""
    for name in "abc":
        await sessions.add(named(name, 1))
    ids = [name * 64 for name in "abx"]
    assert await sessions.remove(DEFAULT_WORKSPACE, ids) == 2
    await sessions.seen(named("a"))
    assert await sessions.find("a" * 64) is None
    assert await sessions.latest(DEFAULT_WORKSPACE, 9) == [named("c", 1)]


@over_all
async def test_session_is_removed_within_its_workspace(sessions: Sessions) -> None:
    await sessions.add(FIRST)
    assert await sessions.remove(OTHER, [FIRST.session_id]) == 0
    assert await sessions.find(FIRST.session_id) == FIRST


@over_all
async def test_unseen_sessions_are_removed(sessions: Sessions) -> None:
    day = 24 * 60
    for name, days in (("a", 20), ("b", 15), ("c", 13)):
        await sessions.add(named(name, days * day))
    await sessions.remove_unseen(DEFAULT_WORKSPACE, NOW - timedelta(days=14), 100)
    found = await sessions.latest(DEFAULT_WORKSPACE, 9)
    assert found in ([named("c", 13 * day)], [])
    assert await sessions.find("a" * 64) is None
