"""List the contacts of a campaign in the order of `seq`, with why some are not written to.

Invariant: reads only. This module must not know HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.mail.address import email_key
from functions.service.audience.records import Contact, SuppressionReason
from functions.service.services import WorkspaceServices


@dataclass(frozen=True, slots=True)
class ListedContacts:
    """`suppressed`: why addresses of these contacts are suppressed, by `email_key`. `total`: how
    many contacts the campaign has."""

    contacts: list[Contact]
    suppressed: Mapping[str, SuppressionReason]
    total: int


async def list_contacts(
    services: WorkspaceServices,
    campaign_id: str,
    *,
    after_seq: int,
    limit: int,
    email_prefix: str = "",
) -> ListedContacts:
    """At most `limit` contacts, strictly after `after_seq`. With `email_prefix`, instead: the first
    of those whose address begins with it, by address."""
    store, of = services.store, (services.workspace_id, campaign_id)
    workspace_id = services.workspace_id
    if email_prefix:
        found = await store.contacts.beginning(*of, email_key(email_prefix), limit)
    else:
        found = await store.contacts.page(*of, after_seq=after_seq, limit=limit)
    suppressed = await store.suppressions.find([(workspace_id, it.email_key) for it in found])
    return ListedContacts(
        contacts=found,
        suppressed={it.email_key: it.reason for it in suppressed},
        total=await store.contacts.total(*of),
    )
