"""How a campaign's status follows from time and from its leads.

Invariant: pure. This module must not know stores, or who changes campaigns.
"""

from dataclasses import replace
from datetime import datetime

from functions.service.campaigns.records import Campaign, CampaignStatus, Ending

_STARTABLE = frozenset(
    {
        CampaignStatus.DRAFT,
        CampaignStatus.SCHEDULED,
        CampaignStatus.WAITING,
        CampaignStatus.COMPLETED,
    }
)


def started(campaign: Campaign, now: datetime) -> Campaign:
    """The campaign as it is once contacts begin to enter it. If it runs already, it is another
    record all the same: a sweep that is about to complete it then loses its compare-and-set."""
    if campaign.status is CampaignStatus.RUNNING:
        return replace(campaign)
    if campaign.status not in _STARTABLE:
        return campaign
    if campaign.epoch is not None:
        return replace(campaign, status=CampaignStatus.RUNNING)
    # From the wanted time, so that a store restored from a backup finds the same lead ids.
    begins = campaign.launch_at or now
    return replace(
        campaign,
        status=CampaignStatus.RUNNING,
        epoch=int(begins.timestamp()),
        launched_at=now,
    )


def is_due(campaign: Campaign, now: datetime) -> bool:
    """Whether it is scheduled and its time has come."""
    return (
        campaign.status is CampaignStatus.SCHEDULED
        and campaign.launch_at is not None
        and campaign.launch_at <= now
    )


def status_once_through(campaign: Campaign, now: datetime) -> CampaignStatus:
    """The status of an active campaign all of whose leads have ended."""
    match campaign.ends:
        case Ending.WHEN_THROUGH:
            return CampaignStatus.COMPLETED
        case Ending.BY_HAND:
            return CampaignStatus.WAITING
        case Ending.AT_DATE:
            is_over = campaign.ends_at is None or campaign.ends_at <= now
            return CampaignStatus.COMPLETED if is_over else CampaignStatus.WAITING
