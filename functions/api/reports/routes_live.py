"""The counts of a campaign that have changed since a revision, for clients that poll."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.api.http.context import ServicesDep
from functions.api.http.parameters import COUNT_MAX
from functions.api.reports.schemas import CountsView, LiveView, VersionCountsView
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.reports.leads_by_version import VERSIONS_MAX, leads_by_version
from functions.service.reports.read_counts import read_counts

router = APIRouter(tags=["live"])


@router.get(
    "/campaigns/{campaign_id}/live", summary="Read the counts that have changed since a revision"
)
async def read_live(
    campaign_id: str,
    services: ServicesDep,
    since: Annotated[
        int, Query(ge=0, le=COUNT_MAX, description="The revision that you have; 0 for all counts.")
    ] = 0,
    version: Annotated[
        int | None,
        Query(ge=1, le=COUNT_MAX, description="A flow version whose leads to show by node."),
    ] = None,
) -> LiveView:
    """Poll this about once a second. Nothing is streamed, so it works behind every gateway."""
    campaign = await find_campaign(services, campaign_id)
    counts = await read_counts(services, campaign_id)
    found = leads_by_version(counts.values)
    shown = [it for at, it in enumerate(found) if at < VERSIONS_MAX or it.version == version]
    return LiveView(
        revision=counts.revision,
        status=campaign.status,
        pause_reason=campaign.pause_reason,
        changed=CountsView.of(counts, since),
        versions=[VersionCountsView.of(it, version) for it in shown],
        older_leads=sum(it.leads for it in found) - sum(it.leads for it in shown),
    )
