"""Workspaces, to one of which everything a team owns belongs, and who is signed in to them.

Invariant: root documents (workspace settings, sessions, campaigns, their counts, contacts,
suppressions, sending accounts, stored jobs, uploads, idempotency records) carry `workspace_id`;
leads, messages, journal and tracking events belong to their campaign. Requests get the workspace
from the API's context, workers and the sweep from the campaign or job at hand.
This module must not know who has access to a workspace.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)

DEFAULT_WORKSPACE = WorkspaceId("default")
"""The only workspace so far. It also holds everything stored before there were workspaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What a team decides for all its campaigns.

    `postal_address`: of the sender, in lines; marketing e-mails show it. `footer`: a template of
    plain text, in lines, that marketing e-mails show above it. `reply_to`: where answers of readers
    go; None: to the sender. `test_addresses`: where test e-mails go. `updated_at`: None before the
    first change. `revision`: grows by one with each change.
    """

    workspace_id: WorkspaceId
    postal_address: str = ""
    footer: str = ""
    reply_to: str | None = None
    test_addresses: tuple[str, ...] = ()
    updated_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in with an API token.

    `session_id`: the SHA-256 of the cookie's value, in hex. `token_digest`: the SHA-256 of the API
    token, in hex; the session ends with the token. `token_name`: the token's visible prefix.
    `last_seen_at`: the time of a recent request, at most `sessions.SEEN_EVERY` before the latest.
    `user_agent`: what the browser calls itself, shortened. `address`: the IP address of the request
    at that time.
    """

    session_id: str
    workspace_id: WorkspaceId
    token_name: str
    token_digest: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleBucket:
    """A token bucket. `name`: what is throttled, and for whom. `full_at`: when all its tokens will
    be back; a bucket that is full need not be stored."""

    name: str
    full_at: datetime
