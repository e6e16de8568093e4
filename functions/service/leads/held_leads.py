"""The leads of a held store whose messages may have left since the backup, and what is chosen for
each of them.

Invariant: a call looks at a bounded number of leads. Choices take effect with the release.
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.flow.lead import ON_THEIR_WAY, Lead
from functions.flow.presume import Presumption
from functions.service.campaigns.records import (
    Campaign,
    CampaignStatus,
    Choice,
    LeadChoice,
    Restoration,
    RestorationState,
)
from functions.service.errors import conflict, missing
from functions.service.execution.flow_cache import UnusableFlowError
from functions.service.execution.records import StoredLead
from functions.service.services import Services, WorkspaceServices

LOOKED_AT_MAX = 5_000
PAGE = 500
CAMPAIGNS_MAX = 500
CHOSEN_MAX = 100
"""Leads that one call chooses for."""

Place = tuple[str, int]
"""The campaign and seq of a lead."""


@dataclass(frozen=True, slots=True)
class HeldLead:
    """`emails`: the e-mail nodes whose messages may have left, with their subjects. `choice`: that
    of this lead; None: it follows the choice for all."""

    lead: Lead
    campaign_name: str
    emails: Mapping[str, str]
    choice: Choice | None


@dataclass(frozen=True, slots=True)
class HeldPage:
    """`after`: the place at which the next page begins; None on the last one. A page may hold
    fewer leads than asked for, or none, although others follow."""

    leads: Sequence[HeldLead]
    after: Place | None


class Presumptions:
    """The presumption of each flow version, computed once."""

    def __init__(self, services: Services, restoration: Restoration) -> None:
        self._services = services
        self._restoration = restoration
        self._known: dict[tuple[str, int], Presumption | None] = {}

    async def emails(self, lead: Lead) -> Mapping[str, int]:
        """Empty for a lead whose flow cannot be read: it is sent nothing."""
        key = lead.campaign_id, lead.flow_version
        if key not in self._known:
            try:
                loaded = await self._services.flows.load(lead)
                self._known[key] = Presumption(loaded.executor.flow)
            except UnusableFlowError:
                self._known[key] = None
        presumption = self._known[key]
        if presumption is None:
            return {}
        return presumption.emails(lead, self._restoration.backup_at, self._restoration.restored_at)


async def look_up_restoration(services: Services) -> Restoration | None:
    """The latest; None if this store was never restored."""
    return await services.store.restorations.find()


async def held_page(services: WorkspaceServices, after: Place | None, limit: int) -> HeldPage:
    """Empty if there is nothing to decide, or if it is decided."""
    restoration = await services.store.restorations.find()
    if restoration is None or restoration.state is not RestorationState.HELD:
        return HeldPage([], None)
    presumptions = Presumptions(services, restoration)
    after_campaign, after_seq = after or ("", 0)
    campaigns = await _paused(services, after_campaign)
    found: list[tuple[Campaign, StoredLead, Mapping[str, int]]] = []
    looked_at = 0
    for campaign in campaigns:
        seq = after_seq if campaign.campaign_id == after_campaign else 0
        while True:
            page = await services.store.leads.page(
                campaign.campaign_id, after_seq=seq, limit=PAGE, statuses=ON_THEIR_WAY
            )
            looked_at += len(page)
            for stored in page:
                seq = stored.lead.seq
                emails = await presumptions.emails(stored.lead)
                if emails:
                    found.append((campaign, stored, emails))
                    if len(found) == limit:
                        return await _page(services, found, (campaign.campaign_id, seq))
            if len(page) < PAGE:
                break
            if looked_at >= LOOKED_AT_MAX:
                return await _page(services, found, (campaign.campaign_id, seq))
    last = (campaigns[-1].campaign_id, seq) if len(campaigns) >= CAMPAIGNS_MAX else None
    return await _page(services, found, last)


async def _paused(services: WorkspaceServices, after_campaign: str) -> list[Campaign]:
    """The campaigns whose leads may have moved, from this one on. Those that were paused at the
    backup may have run later."""
    first = await services.store.campaigns.find(
        services.workspace_id, [after_campaign] if after_campaign else []
    )
    rest = await services.store.campaigns.with_status(
        services.workspace_id,
        CampaignStatus.PAUSED,
        after_id=after_campaign,
        limit=CAMPAIGNS_MAX,
    )
    return [*(it for it in first if it.status is CampaignStatus.PAUSED), *rest]


async def _page(
    services: WorkspaceServices,
    found: Sequence[tuple[Campaign, StoredLead, Mapping[str, int]]],
    after: Place | None,
) -> HeldPage:
    chosen = await services.store.restorations.choices([it.lead.lead_id for _, it, _ in found])
    leads = []
    for campaign, stored, emails in found:
        loaded = await services.flows.load(stored.lead)
        subjects = {node_id: loaded.subject(node_id) for node_id in emails}
        choice = chosen.get(stored.lead.lead_id)
        leads.append(HeldLead(stored.lead, campaign.name, subjects, choice))
    return HeldPage(leads, after)


async def choose(
    services: WorkspaceServices, lead_ids: Sequence[str], choice: Choice | None
) -> None:
    """Choose for these leads, whatever is chosen for all. None: they follow that again. Raises
    CallerError if the store is not held, or a lead does not exist."""
    await _held(services)
    found = {it.lead.lead_id: it.lead for it in await services.store.leads.find(lead_ids)}
    campaigns = await services.store.campaigns.find(
        services.workspace_id, sorted({it.campaign_id for it in found.values()})
    )
    known = {it.campaign_id for it in campaigns}
    for lead_id in lead_ids:
        if lead_id not in found or found[lead_id].campaign_id not in known:
            raise missing("lead", lead_id)
    wanted = [LeadChoice(it, choice) for it in lead_ids] if choice else []
    await services.store.restorations.choose(lead_ids, wanted)


async def _held(services: Services) -> Restoration:
    """Raises CallerError."""
    restoration = await services.store.restorations.find()
    if restoration is None or not restoration.is_held:
        raise conflict("not_held", "The store is not held: there is nothing to decide.")
    if restoration.state is RestorationState.RELEASING:
        raise conflict("decided_already", "It is decided: the leads are going on.")
    return restoration
