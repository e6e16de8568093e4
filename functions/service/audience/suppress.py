"""Suppress an address: from here on, the workspace sends it no mail.

Invariant: once `suppress` has returned, only messages already marked `sending` still go to the
address. Idempotent: what made an address suppressed first stays on record.
This module must not know who or what asks for it.
"""

from functions.mail.address import email_key
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.services import WorkspaceServices

SOURCE_CHARS_MAX = 300


async def suppress(
    services: WorkspaceServices,
    email: str,
    reason: SuppressionReason,
    campaign_id: str | None = None,
    source: str = "",
) -> Suppression:
    """Returns the suppression that is stored, which may be an older one. `source` is cut to
    `SOURCE_CHARS_MAX`."""
    wanted = Suppression(
        workspace_id=services.workspace_id,
        email_key=email_key(email),
        reason=reason,
        at=await services.store.now(),
        campaign_id=campaign_id,
        source=source[:SOURCE_CHARS_MAX],
    )
    if await services.store.suppressions.add([wanted]):
        return wanted
    found = await services.store.suppressions.find([(wanted.workspace_id, wanted.email_key)])
    return found[0] if found else wanted
