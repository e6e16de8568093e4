"""Workspaces: everything a team owns belongs to one.

Invariant: root documents (campaigns, their counts, contacts, suppressions, sending accounts, stored
jobs, uploads, idempotency records) carry `workspace_id`; leads, messages, journal and tracking
events belong to their campaign. Requests get the workspace from the API's context, workers and the
sweep from the campaign or job at hand.
This module must not know who has access to a workspace.
"""

from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)

DEFAULT_WORKSPACE = WorkspaceId("default")
"""The only workspace so far. It also holds everything stored before there were workspaces."""
