"""Remove a suppression: a person decides that an address may be sent mail again.

Invariant: the decision and its reason are stored before the suppression is deleted, so that no
address becomes allowed without a trace. This module must not know HTTP.
"""

from functions.mail.address import email_key
from functions.service.audience.records import SuppressionRemoval
from functions.service.errors import missing
from functions.service.services import WorkspaceServices


async def remove_suppression(
    services: WorkspaceServices, email: str, reason: str
) -> SuppressionRemoval:
    """`reason`: who asked for it, or why. Raises CallerError 404 if the address is not suppressed.
    Leads that have already ended because of the suppression stay where they are."""
    key = email_key(email)
    found = await services.store.suppressions.find([(services.workspace_id, key)])
    if not found:
        raise missing("suppression of", email)
    now = await services.store.now()
    removal = SuppressionRemoval(
        workspace_id=services.workspace_id,
        # Thirteen digits of milliseconds, so that ids sort by time until the year 2286.
        removal_id=f"{round(now.timestamp() * 1000):013d}-{services.new_token()[:8]}",
        email_key=key,
        at=now,
        reason=reason,
        was=found[0].reason,
        since=found[0].at,
    )
    await services.store.suppression_removals.add(removal)
    await services.store.suppressions.remove(services.workspace_id, key)
    return removal
