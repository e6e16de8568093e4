"""The failed leads of a campaign together: count them by group, and retry them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import JSONResponse

from functions.api.http.context import MetricsDep, ServicesDep
from functions.api.http.fields import Identifier
from functions.api.http.idempotency import IdempotencyKey, once
from functions.api.http.parameters import COUNT_MAX
from functions.api.jobs.schemas import JobView
from functions.api.leads.schemas_failed import FailedLeadsRetry, FailedLeadsView
from functions.service.leads.failed_leads import count_failed_leads
from functions.service.leads.retry_failed_leads import retry_failed_leads

router = APIRouter(prefix="/campaigns/{campaign_id}/failed-leads", tags=["leads"])


@router.get("", summary="Count failed leads by node, reason and the mail server's answer")
async def count_failed(
    campaign_id: str,
    services: ServicesDep,
    node: Annotated[
        Identifier | None, Query(description="Only leads that failed at this node.")
    ] = None,
    after_seq: Annotated[
        int, Query(ge=0, le=COUNT_MAX, description="Only leads after this `seq`.")
    ] = 0,
) -> FailedLeadsView:
    """Counts up to 10,000 leads. Leads that wait for a decision about an unknown message have not
    failed, so they are not counted."""
    counted = await count_failed_leads(services, campaign_id, after_seq=after_seq, node_id=node)
    return FailedLeadsView.of(counted)


@router.post(
    "/retry",
    status_code=202,
    response_model=JobView,
    summary="Retry failed leads together",
    responses={409: {"description": "The campaign was cancelled or archived, or is a draft."}},
)
async def retry_failed(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    metrics: MetricsDep,
    body: FailedLeadsRetry | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The job renders and sends each e-mail as a new message, as fast as the rates allow. Left
    alone are leads that fail after this request, suppressed addresses, and whatever else the count
    says cannot be retried. If the campaign was completed, it runs again. In a paused campaign the
    mail waits until it is resumed."""
    wanted = body or FailedLeadsRetry()

    async def work(name: str) -> JSONResponse:
        chosen = [it.chosen() for it in wanted.groups]
        job = await retry_failed_leads(services, campaign_id, name, chosen, wanted.reason)
        metrics.job(job.kind)
        return JSONResponse(JobView.of(job).model_dump(mode="json"), status_code=202)

    return await once(services, request, idempotency_key, work)
