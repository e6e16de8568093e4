"""Pause a campaign by itself if too much of its mail comes back.

Invariant: the campaign is paused before the counts are saved, so that a roll-up that dies in
between pauses it again. Counting then starts anew: a person who resumes it knows about these
messages, and they do not pause it a second time.
This module must not know what is too much, or how bounces and complaints arrive.
"""

import logging
from dataclasses import replace

from functions.service.campaigns.lifecycle import hold
from functions.service.reports.records import Counts
from functions.service.reports.returned_mail import ReturnedMail, ReturnLimits, too_many
from functions.service.services import Services

logger = logging.getLogger(__name__)


async def pause_automatically(services: Services, counts: Counts) -> Counts:
    """Return the counts to save. Costs nothing while little comes back."""
    policy = services.policy
    limits = ReturnLimits(policy.bounces_max_percent, policy.complaints_max_percent)
    reason = too_many(counts.returned, limits)
    if reason is None or not await hold(services, counts.campaign_id, reason):
        return counts
    logger.warning("campaign %s is paused: %s", counts.campaign_id, reason)
    services.observer.paused()
    return replace(counts, returned=ReturnedMail(since=await services.store.now()))
