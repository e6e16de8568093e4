"""Everything known after a run: the mail server's ledger, the store, and the faults.

It is gathered once everything has come to rest, and judged without asking the system again. `laws`
contains the checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults.lines import (
    Accepted,
    Claiming,
    Dispatching,
    Fault,
    Marking,
    Misdeed,
    Suppressed,
)
from functions.flow.journal import JournalRecord
from functions.flow.lead import Lead
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Contact
from functions.service.campaigns.records import Campaign
from functions.service.sending.records import Message
from functions.service.store import Store

ALL = 100_000


@dataclass(frozen=True, slots=True)
class CampaignEvidence:
    campaign: Campaign
    wanted: int
    """Contacts that were imported."""
    flow: Mapping[str, object]
    contacts: Sequence[Contact]
    leads: Sequence[Lead]
    messages: Mapping[str, Message]
    journal: Mapping[str, Sequence[JournalRecord]]
    counts: Mapping[str, int]
    recount: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Times:
    """Times of the system under test, in seconds, and the number of connections of a worker.
    `slack`: the time that the work itself may take, besides waiting.
    """

    sweep: float
    lead_lease: float
    wait: float
    connections_max: int
    slack: float = 5.0

    @property
    def recovery_max(self) -> float:
        return self.lead_lease + self.sweep + self.slack


@dataclass(frozen=True, slots=True)
class Evidence:
    """`left_behind`: by name, what should have returned to zero, such as jobs in queues."""

    times: Times
    accepted: Sequence[Accepted]
    misdeeds: Sequence[Misdeed]
    faults: Sequence[Fault]
    markings: Sequence[Marking]
    claimings: Sequence[Claiming]
    campaigns: Sequence[CampaignEvidence]
    dispatchings: Sequence[Dispatching] = ()
    suppressed: Sequence[Suppressed] = ()
    left_behind: Mapping[str, int] = field(default_factory=dict)


async def gather(
    store: Store,
    folder: Path,
    sizes: Mapping[str, int],
    times: Times,
    left_behind: Mapping[str, int],
) -> Evidence:
    found = {
        it.campaign_id: it for it in await store.campaigns.find(DEFAULT_WORKSPACE, list(sizes))
    }
    return Evidence(
        times=times,
        accepted=Accepted.read(folder),
        misdeeds=Misdeed.read(folder),
        faults=Fault.read(folder),
        markings=Marking.read(folder),
        claimings=Claiming.read(folder),
        campaigns=[await _campaign(store, found[name], sizes[name]) for name in sizes],
        dispatchings=Dispatching.read(folder),
        suppressed=Suppressed.read(folder),
        left_behind=left_behind,
    )


async def _campaign(store: Store, campaign: Campaign, wanted: int) -> CampaignEvidence:
    name = campaign.campaign_id
    leads = [it.lead for it in await store.leads.page(name, after_seq=0, limit=ALL)]
    version = await store.campaigns.version(name, 1)
    counts = await store.counts.find([name])
    messages = await store.messages.page(name, after_key="", limit=ALL, state=None)
    return CampaignEvidence(
        campaign=campaign,
        wanted=wanted,
        flow={} if version is None else version.flow,
        contacts=await store.contacts.page(DEFAULT_WORKSPACE, name, after_seq=0, limit=ALL),
        leads=leads,
        messages={it.key: it for it in messages},
        journal={it.lead_id: await store.journal.of_lead(it.lead_id, ALL) for it in leads},
        counts=counts[0].values if counts else {},
        recount=await store.leads.recount(name),
    )
