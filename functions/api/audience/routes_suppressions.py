"""Suppressed addresses: list, search, add, import, export, remove."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator
from starlette.responses import StreamingResponse

from functions.api.audience.import_options import PolicyDep
from functions.api.audience.schemas_suppressions import (
    SuppressionAddition,
    SuppressionChoice,
    SuppressionPage,
    SuppressionRemovalPage,
    SuppressionRemovalView,
    SuppressionsReportView,
    SuppressionView,
)
from functions.api.audience.uploads import import_body, read_contacts
from functions.api.http.context import LimitsDep, ServicesDep
from functions.api.http.csv_lines import csv_line
from functions.api.http.fields import one_line
from functions.api.http.parameters import PAGE_DEFAULT, PageLimit
from functions.mail.address import ADDRESS_CHARS_MAX
from functions.service.audience import list_suppressions as listing
from functions.service.audience.import_policy import check_answered
from functions.service.audience.import_suppressions import SuppressionImport
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.audience.remove_suppression import (
    remove_suppression as remove_from_list,
)
from functions.service.audience.suppress import SOURCE_CHARS_MAX, suppress

router = APIRouter(prefix="/suppressions", tags=["suppressions"])

_BODY = import_body(
    csv_example="Email Address,Unsubscribed\nann@example.com,2026-03-01\n",
    list_example=[{"email": "ann@example.com"}],
)
_COLUMNS = ("email", "reason", "source", "campaign_id", "at")


@router.get("", summary="List suppressed addresses, by address")
async def list_suppressions(
    services: ServicesDep,
    search: Annotated[
        str, Query(max_length=ADDRESS_CHARS_MAX, description="The beginning of the address.")
    ] = "",
    after: Annotated[
        str, Query(max_length=600, description="`next_after` of the page before.")
    ] = "",
    limit: PageLimit = PAGE_DEFAULT,
) -> SuppressionPage:
    found = await listing.list_suppressions(services, search=search, after=after, limit=limit + 1)
    page = found[:limit]
    return SuppressionPage(
        suppressions=[SuppressionView.of(it) for it in page],
        next_after=page[-1].email_key if len(found) > limit else None,
    )


@router.post("", summary="Suppress an address")
async def add_suppression(body: SuppressionAddition, services: ServicesDep) -> SuppressionView:
    """If the address is suppressed already, that suppression stays, and is the answer."""
    return SuppressionView.of(
        await suppress(services, body.email, SuppressionReason.BY_HAND, source=body.source)
    )


@router.post(
    "/import",
    summary="Suppress the addresses of a CSV file, a workbook or a JSON list",
    openapi_extra=_BODY,
    responses={
        413: {"description": "The file is too large."},
        415: {"description": "The body is neither a file, nor a form, nor JSON."},
        422: {"description": "The file cannot be read to its end. What came before is suppressed."},
    },
)
async def import_suppressions(
    request: Request,
    services: ServicesDep,
    limits: LimitsDep,
    policy: PolicyDep,
    source: Annotated[
        str,
        Query(max_length=SOURCE_CHARS_MAX, description="The name of the list."),
        AfterValidator(one_line),
    ] = "",
) -> SuppressionsReportView:
    """Files are read as in an import of contacts; only the address counts. The body is read as it
    streams in. Sending a file twice changes nothing."""
    imported = SuppressionImport(services, source)
    try:
        reader = await read_contacts(
            request,
            services,
            limits,
            imported.add,
            policy,
            is_sheet_certain=True,
            first_of_several=False,
        )
        # Nothing else of the file matters here.
        check_answered(it for it in reader.questions if it.field == "address_column")
    finally:
        report = await imported.finish()
    return SuppressionsReportView.of(report)


@router.get(
    "/export.csv",
    summary="Download all suppressed addresses",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": ", ".join(_COLUMNS)}},
)
async def export_suppressions(services: ServicesDep) -> StreamingResponse:
    return StreamingResponse(
        _csv(listing.all_suppressions(services)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="do-not-contact.csv"'},
    )


@router.post(
    "/remove",
    summary="Allow a suppressed address again",
    responses={404: {"description": "The address is not suppressed."}},
)
async def remove_suppression(
    body: SuppressionChoice, services: ServicesDep
) -> SuppressionRemovalView:
    """The reason is kept. Leads that ended because of the suppression stay where they are."""
    return SuppressionRemovalView.of(await remove_from_list(services, body.email, body.reason))


@router.get("/removals", summary="List addresses that were allowed again, latest first")
async def list_suppression_removals(
    services: ServicesDep,
    before: Annotated[
        str | None, Query(max_length=100, description="`next_before` of the page before.")
    ] = None,
    limit: PageLimit = PAGE_DEFAULT,
) -> SuppressionRemovalPage:
    found = await listing.list_removals(services, before_id=before, limit=limit + 1)
    page = found[:limit]
    return SuppressionRemovalPage(
        removals=[SuppressionRemovalView.of(it) for it in page],
        next_before=page[-1].removal_id if len(found) > limit else None,
    )


async def _csv(pages: AsyncIterator[Iterable[Suppression]]) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for page in pages:
        yield "".join(
            csv_line((it.email_key, it.reason, it.source, it.campaign_id or "", it.at.isoformat()))
            for it in page
        )
