"""List the messages of a campaign, in the order of their keys.

Invariant: reads only. This module must not know HTTP.
"""

from functions.service.campaigns.change_campaign import find_campaign
from functions.service.sending.records import Message, MessageState
from functions.service.services import WorkspaceServices


async def list_messages(
    services: WorkspaceServices,
    campaign_id: str,
    *,
    after_key: str,
    limit: int,
    state: MessageState | None,
) -> list[Message]:
    """Raises CallerError 404."""
    await find_campaign(services, campaign_id)
    return await services.store.messages.page(
        campaign_id, after_key=after_key, limit=limit, state=state
    )
