"""Sessions: browsers that are signed in with an API token.

A session ends when nobody uses it for two weeks, at the latest after 90 days, on signing out, when
somebody revokes it, and with its token.

Invariant: the value of a session's cookie is stored nowhere; its digest names the session. A
request is admitted only if its session is stored at that moment, so that revoking takes effect at
once. This module must not know HTTP or where the valid tokens are configured.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.service.access.ports import Sessions
from functions.service.access.records import Session
from functions.service.errors import missing
from functions.service.services import Services, WorkspaceServices

IDLE_MAX = timedelta(days=14)
LIFETIME_MAX = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=1)
"""So most requests write nothing."""
SESSIONS_MAX = 1_000
"""In a workspace. Signing in once more ends the one that was unused for the longest time."""
REMOVED_MAX = 1_000
"""How many unused sessions are removed at a sign-in."""
USER_AGENT_CHARS_MAX = 300

HoldsToken = Callable[[str], bool]
"""Whether the token with this digest is valid."""


def ends_at(session: Session) -> datetime:
    """When the session ends if it is not used any more."""
    return min(session.last_seen_at + IDLE_MAX, session.created_at + LIFETIME_MAX)


async def start_session(
    services: WorkspaceServices,
    *,
    session_id: str,
    token_name: str,
    token_digest: str,
    user_agent: str,
    address: str,
) -> None:
    """The parameters are the fields of `Session`."""
    now = await services.store.now()
    workspace_id = services.workspace_id
    session = Session(
        session_id=session_id,
        workspace_id=workspace_id,
        token_name=token_name,
        token_digest=token_digest,
        created_at=now,
        last_seen_at=now,
        user_agent="".join(filter(str.isprintable, user_agent))[:USER_AGENT_CHARS_MAX],
        address=address,
    )
    await services.sessions.remove_unseen(workspace_id, now - IDLE_MAX, REMOVED_MAX)
    await services.sessions.add(session)
    found = await services.sessions.latest(workspace_id, SESSIONS_MAX + REMOVED_MAX)
    await _end(services, found[SESSIONS_MAX:])


async def find_session(
    services: Services, session_id: str, address: str, holds_token: HoldsToken
) -> Session | None:
    """The session of a request from this IP address; None if it has ended."""
    now = await services.store.now()
    return await find_session_among(services.sessions, now, session_id, address, holds_token)


async def find_session_among(
    sessions: Sessions, now: datetime, session_id: str, address: str, holds_token: HoldsToken
) -> Session | None:
    """The same, for a program that has sessions and no other services."""
    session = await sessions.find(session_id)
    if session is None:
        return None
    if ends_at(session) <= now or not holds_token(session.token_digest):
        await sessions.remove(session.workspace_id, [session_id])
        return None
    if session.last_seen_at + SEEN_EVERY <= now:
        session = replace(session, last_seen_at=now, address=address)
        await sessions.seen(session)
    return session


async def list_sessions(services: WorkspaceServices, holds_token: HoldsToken) -> list[Session]:
    """Those that are valid now, seen latest first."""
    now = await services.store.now()
    found = await services.sessions.latest(services.workspace_id, SESSIONS_MAX)
    return [it for it in found if ends_at(it) > now and holds_token(it.token_digest)]


async def revoke_session(services: WorkspaceServices, session_id: str) -> None:
    """Raises CallerError 404 if there is no such session."""
    if not await services.sessions.remove(services.workspace_id, [session_id]):
        raise missing("session", session_id)


async def revoke_others(services: WorkspaceServices, kept: Session | None) -> int:
    """End all sessions but `kept`. Returns how many there were."""
    found = await services.sessions.latest(services.workspace_id, SESSIONS_MAX + REMOVED_MAX)
    others = [it for it in found if kept is None or it.session_id != kept.session_id]
    return await _end(services, others)


async def _end(services: WorkspaceServices, sessions: Sequence[Session]) -> int:
    if not sessions:
        return 0
    ids = [it.session_id for it in sessions]
    return await services.sessions.remove(services.workspace_id, ids)
