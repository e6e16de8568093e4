"""The origin of an e-mail: the properties of its campaign that the e-mail compiler needs.

Invariant: the origin has everything of the campaign that goes into an e-mail, so equal origins
give equal e-mails. Pure. This module must not know flows.
"""

from functions.service.campaigns.records import Campaign
from functions.service.content.email_compiler import Origin


def origin_of(campaign: Campaign, node_id: str) -> Origin:
    return Origin(
        campaign_id=campaign.campaign_id,
        campaign_name=campaign.name,
        campaign_created_at=campaign.created_at,
        node_id=node_id,
        from_name=campaign.from_name,
        from_email=campaign.from_email,
        reply_to=campaign.reply_to,
    )
