"""Check that a campaign's status lets people change what it sends and to whom.

Invariant: each refusal says what to do instead. This module must not know HTTP.
"""

from functions.service.campaigns.records import CLOSED, Campaign, CampaignStatus
from functions.service.errors import conflict


def check_editable(campaign: Campaign) -> None:
    """Whether its flow may change. Raises CallerError 409."""
    if campaign.status in CLOSED:
        raise conflict("ended", f"The campaign is {campaign.status}: duplicate it to go on.")
    if campaign.status is CampaignStatus.SCHEDULED:
        raise conflict(
            "scheduled",
            "The campaign is scheduled, and what was accepted is what will be sent: make it a "
            "draft again to change it, then schedule it anew.",
        )


def check_takes_contacts(campaign: Campaign) -> None:
    """Raises CallerError 409."""
    if campaign.status in CLOSED:
        raise conflict(
            "ended",
            f"The campaign is {campaign.status} and takes no contacts: duplicate it, and import "
            "them into the copy.",
        )
