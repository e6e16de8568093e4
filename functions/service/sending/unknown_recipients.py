"""Suppress the recipients of which a mail server said that there is no such address.

Invariant: the suppression is stored before the lead learns of the refusal, so a batch that is
interrupted in between does it again. This module must not know SMTP.
"""

from collections.abc import Sequence

from functions.mail.address import email_key
from functions.mail.bounce_kinds import is_unknown_recipient
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.audience.suppress import SOURCE_CHARS_MAX, suppress_all
from functions.service.campaigns.records import Campaign
from functions.service.services import Services


async def suppress_unknown_recipients(
    services: Services, refusals: Sequence[tuple[Campaign, str, str]]
) -> None:
    """`refusals`: for each rejected message its campaign, its recipient, and the server's reply
    with its code. No round trip if there is nothing to suppress."""
    unknown = [it for it in refusals if is_unknown_recipient(it[2])]
    if not unknown:
        return
    now = await services.store.now()
    await suppress_all(
        services,
        [
            Suppression(
                workspace_id=campaign.workspace_id,
                email_key=email_key(recipient),
                reason=SuppressionReason.HARD_BOUNCE,
                at=now,
                campaign_id=campaign.campaign_id,
                source=reply[:SOURCE_CHARS_MAX],
            )
            for campaign, recipient, reply in unknown
        ],
    )
