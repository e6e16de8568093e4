"""List suppressed addresses, and the addresses that were allowed again.

Invariant: reads only, a page at a time. This module must not know HTTP.
"""

from collections.abc import AsyncIterator

from functions.mail.address import email_key
from functions.service.audience.records import Suppression, SuppressionRemoval
from functions.service.services import WorkspaceServices

EXPORT_PAGE = 1_000


async def list_suppressions(
    services: WorkspaceServices, *, search: str, after: str, limit: int
) -> list[Suppression]:
    """By address, strictly after `after`. `search`: the beginning of the address, however it is
    spelled."""
    return await services.store.suppressions.page(
        services.workspace_id, prefix=email_key(search), after_key=after, limit=limit
    )


async def all_suppressions(services: WorkspaceServices) -> AsyncIterator[list[Suppression]]:
    """Pages of all suppressions, by address. One that is added meanwhile may be missing."""
    after = ""
    while page := await list_suppressions(services, search="", after=after, limit=EXPORT_PAGE):
        yield page
        after = page[-1].email_key


async def list_removals(
    services: WorkspaceServices, *, before_id: str | None, limit: int
) -> list[SuppressionRemoval]:
    """Latest first, strictly before `before_id`."""
    return await services.store.suppression_removals.page(
        services.workspace_id, before_id=before_id, limit=limit
    )
