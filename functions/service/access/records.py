"""Workspaces: everything a team owns belongs to one.

Invariant: root documents (workspace settings, campaigns, their counts, contacts, suppressions,
sending accounts, stored jobs, uploads, idempotency records) carry `workspace_id`; leads, messages,
journal and tracking events belong to their campaign. Requests get the workspace from the API's
context, workers and the sweep from the campaign or job at hand.
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
