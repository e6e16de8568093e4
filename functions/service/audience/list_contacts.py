"""List the contacts of a campaign, in the order of `seq`.

Invariant: reads only. This module must not know HTTP.
"""

from functions.service.audience.records import Contact
from functions.service.services import WorkspaceServices


async def list_contacts(
    services: WorkspaceServices, campaign_id: str, *, after_seq: int, limit: int
) -> tuple[list[Contact], int]:
    """At most `limit` contacts, strictly after `after_seq`, and how many the campaign has."""
    contacts, workspace_id = services.store.contacts, services.workspace_id
    found = await contacts.page(workspace_id, campaign_id, after_seq=after_seq, limit=limit)
    return found, await contacts.last_seq(workspace_id, campaign_id)
