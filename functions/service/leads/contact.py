"""Read, change and delete one contact of a campaign, and say what that means for its lead.

Invariant: a change names the revision that the person saw. A lead keeps the address and the
attributes with which its contact entered, so while it is under way, nothing changes before the
person accepts what that means. Deleting the contact ends its lead; one that has failed stays, and
may be retried. A change or deletion that meets an enrolment is taken back and refused, because the
new lead may have the old values. The suppression of the address stays.
This module must not know its callers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.flow.keys import lead_id
from functions.flow.lead import ON_THEIR_WAY, Lead
from functions.mail.address import email_key
from functions.service.audience.contact_json import read_attributes
from functions.service.audience.contact_row import Refusal
from functions.service.audience.known_contacts import meant, with_values
from functions.service.audience.records import Contact, SuppressionReason
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.errors import CallerError, conflict, missing
from functions.service.jobs.records import JobKind, JobState
from functions.service.leads.remove_lead import remove_lead
from functions.service.services import WorkspaceServices

UNDER_WAY = "under_way"
CHANGE_MEANS = (
    "The contact is on its way through the campaign. Its e-mails, waits and conditions go on with "
    "the values with which it entered, and do not see the change."
)
DELETION_MEANS = (
    "The contact is on its way through the campaign. Deleting it ends that, and it gets no more "
    "e-mails. What was sent stays in the counts and in the history of its lead."
)
TO_ACCEPT = f"To do it all the same, accept {UNDER_WAY}."
DELETED = "the contact was deleted"
JOBS_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class ContactStory:
    """`lead`: None before the contact enters. `suppressed`: why its address is not written to."""

    contact: Contact
    lead: Lead | None
    suppressed: SuppressionReason | None

    @property
    def is_under_way(self) -> bool:
        return self.lead is not None and self.lead.status in ON_THEIR_WAY


async def read_contact(services: WorkspaceServices, campaign_id: str, seq: int) -> ContactStory:
    """Raises CallerError."""
    contact = await _find(services, campaign_id, seq)
    return await _story(services, contact)


async def change_contact(
    services: WorkspaceServices,
    campaign_id: str,
    seq: int,
    revision: int,
    *,
    email: str | None,
    attributes: Mapping[str, object],
    accepts_under_way: bool,
) -> ContactStory:
    """`email`: None leaves it. `attributes`: those to change; None removes one. Raises
    CallerError."""
    before = await _seen(services, campaign_id, seq, revision)
    changed = _changed(before.contact, email, attributes)
    if changed == before.contact:
        return before
    if changed.email_key != before.contact.email_key and before.lead is not None:
        raise conflict(
            "has_entered",
            f"{before.contact.email} has entered the campaign, and its lead keeps that address: "
            "delete the contact and import the other address, which enters from the start.",
        )
    if before.is_under_way and not accepts_under_way:
        raise conflict(UNDER_WAY, f"{CHANGE_MEANS} {TO_ACCEPT}")
    contacts = services.store.contacts
    changed = replace(changed, revision=revision + 1)
    if await contacts.change([changed]) != 1:
        taken = await contacts.existing(services.workspace_id, campaign_id, [changed.email_key])
        if any(it.seq != seq for it in taken):
            message = f"{changed.email} is already a contact: change or delete that one."
            raise CallerError(409, "address_taken", message, "email")
        raise _changed_meanwhile()
    if before.lead is None and await _is_entering(services, changed):
        await contacts.change([replace(before.contact, revision=revision + 2)])
        raise _entering()
    return await _story(services, changed)


async def delete_contact(
    services: WorkspaceServices,
    campaign_id: str,
    seq: int,
    revision: int,
    *,
    accepts_under_way: bool,
) -> None:
    """Raises CallerError."""
    before = await _seen(services, campaign_id, seq, revision)
    if before.is_under_way:
        if not accepts_under_way:
            raise conflict(UNDER_WAY, f"{DELETION_MEANS} {TO_ACCEPT}")
        assert before.lead is not None
        await remove_lead(services, campaign_id, before.lead.lead_id, DELETED)
    contacts = services.store.contacts
    if not await contacts.delete(before.contact):
        raise _changed_meanwhile()
    if before.lead is None and await _is_entering(services, before.contact):
        await contacts.change([replace(before.contact, revision=revision + 2)])
        raise _entering()


async def _find(services: WorkspaceServices, campaign_id: str, seq: int) -> Contact:
    await find_campaign(services, campaign_id)
    contact = await services.store.contacts.find(services.workspace_id, campaign_id, seq)
    if contact is None:
        raise missing("contact", str(seq))
    return contact


async def _story(services: WorkspaceServices, contact: Contact) -> ContactStory:
    suppressed = await services.store.suppressions.find([(contact.workspace_id, contact.email_key)])
    return ContactStory(
        contact=contact,
        lead=await _lead_of(services, contact),
        suppressed=suppressed[0].reason if suppressed else None,
    )


async def _lead_of(services: WorkspaceServices, contact: Contact) -> Lead | None:
    campaign = await find_campaign(services, contact.campaign_id)
    if campaign.epoch is None:
        return None
    key = lead_id(contact.campaign_id, contact.seq, campaign.epoch)
    found = await services.store.leads.find([key])
    return found[0].lead if found else None


async def _seen(
    services: WorkspaceServices, campaign_id: str, seq: int, revision: int
) -> ContactStory:
    """The contact as the person saw it. Raises CallerError."""
    story = await read_contact(services, campaign_id, seq)
    if story.contact.revision != revision:
        raise _changed_meanwhile()
    if story.lead is None and await _is_entering(services, story.contact):
        raise _entering()
    return story


async def _is_entering(services: WorkspaceServices, contact: Contact) -> bool:
    """Whether an enrolment may have read the contact. Asked after a write as well: an enrolment is
    stored before it reads contacts, and until its leads are."""
    jobs = await services.store.jobs.page(
        services.workspace_id, contact.campaign_id, JOBS_LOOKED_AT
    )
    waiting = any(it.kind is JobKind.ENROL and it.state is JobState.WAITING for it in jobs)
    return waiting or await _lead_of(services, contact) is not None


def _changed(contact: Contact, email: str | None, attributes: Mapping[str, object]) -> Contact:
    """Raises CallerError."""
    typed = read_attributes(attributes)
    if isinstance(typed, Refusal):
        raise CallerError(422, typed.code, typed.message, "attributes")
    known = contact.attributes
    given = {meant(known, name): value for name, value in typed.items()}
    left = {name: it for name, it in known.items() if given.get(name, "") is not None}
    merged = with_values(left, {name: it for name, it in given.items() if it is not None})
    if isinstance(merged, Refusal):
        raise CallerError(422, merged.code, merged.message, "attributes")
    if email is None:
        return replace(contact, attributes=merged)
    return replace(contact, email=email, email_key=email_key(email), attributes=merged)


def _changed_meanwhile() -> CallerError:
    return conflict("changed_meanwhile", "The contact has changed since you loaded it: reload it.")


def _entering() -> CallerError:
    return conflict(
        "entering", "Contacts are entering the campaign right now: try again in a moment."
    )
