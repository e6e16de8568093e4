"""Suppress an address: from here on, the workspace sends it no mail.

Invariant: once `suppress` has returned, only messages already marked `sending` still go to the
address. Idempotent: what made an address suppressed first stays on record, except that a hard
bounce or a complaint replaces an unsubscription, which permits transactional mail.
This module must not know who or what asks for it.
"""

from collections.abc import Sequence

from functions.mail.address import email_key
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.services import Services, WorkspaceServices

SOURCE_CHARS_MAX = 300
_STRONGER = frozenset({SuppressionReason.HARD_BOUNCE, SuppressionReason.COMPLAINT})


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
    return (await suppress_all(services, [wanted]))[0]


async def suppress_all(services: Services, wanted: Sequence[Suppression]) -> list[Suppression]:
    """Returns what is stored, in the same order. One round trip unless one of them was suppressed
    before."""
    suppressions = services.store.suppressions
    if await suppressions.add(wanted) == len(wanted):
        return list(wanted)
    asked = [(it.workspace_id, it.email_key) for it in wanted]
    found = {(it.workspace_id, it.email_key): it for it in await suppressions.find(asked)}
    stored = []
    for key, it in zip(asked, wanted, strict=True):
        before = found.get(key, it)
        if before.reason is SuppressionReason.UNSUBSCRIBED and it.reason in _STRONGER:
            await suppressions.put(it)
            before = it
        stored.append(before)
    return stored
