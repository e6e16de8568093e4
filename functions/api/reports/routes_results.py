"""The results of a campaign: e-mails, links, branches, and over time; as JSON and as CSV."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from functions.api.http.context import ServicesDep
from functions.api.http.csv_lines import csv_line
from functions.api.http.fields import Identifier
from functions.api.reports.schemas_results import (
    COLUMNS,
    TIME_COLUMNS,
    OverTimeView,
    ResultsView,
    result_rows,
    time_rows,
)
from functions.service.reports.campaign_results import campaign_results, results_over_time
from functions.service.reports.email_results import DAYS_KEPT, HOURS_KEPT
from functions.service.reports.records import Row

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["results"])

Unit = Literal["hour", "day"]

_CSV: dict[str, dict[str, str]] = {"text/csv": {}}


async def _rows(
    campaign_id: str,
    services: ServicesDep,
    email: Annotated[
        Identifier | None, Query(description="The node of one e-mail; if left out, all together.")
    ] = None,
    unit: Annotated[
        Unit,
        Query(
            description=f"hour: the first {HOURS_KEPT} hours, counted from the first message. "
            f"day: the latest {DAYS_KEPT} days."
        ),
    ] = "day",
) -> dict[str, Row]:
    found = await results_over_time(services, campaign_id, email)
    return dict(found.by_hour if unit == "hour" else found.by_day)


RowsDep = Annotated[dict[str, Row], Depends(_rows)]


@router.get("/results", summary="Read the results: e-mails, links and branches")
async def read_results(campaign_id: str, services: ServicesDep) -> ResultsView:
    """Rates are of the messages that were sent and did not come back. Opens are only an
    indication: some mail programs load images unasked, others never."""
    return ResultsView.of(await campaign_results(services, campaign_id))


@router.get(
    "/results.csv",
    summary="Download the results",
    response_class=Response,
    responses={200: {"content": _CSV, "description": ", ".join(COLUMNS)}},
)
async def export_results(campaign_id: str, services: ServicesDep) -> Response:
    results = await campaign_results(services, campaign_id)
    return _file(f"results-{campaign_id}.csv", COLUMNS, result_rows(results))


@router.get("/results/over-time", summary="Read the results by hour or by day")
async def read_results_over_time(rows: RowsDep, unit: Unit = "day") -> OverTimeView:
    """Hours and days are UTC."""
    return OverTimeView.of(unit, rows)


@router.get(
    "/results/over-time.csv",
    summary="Download the results by hour or by day",
    response_class=Response,
    responses={200: {"content": _CSV, "description": ", ".join(TIME_COLUMNS)}},
)
async def export_results_over_time(campaign_id: str, rows: RowsDep) -> Response:
    return _file(f"results-over-time-{campaign_id}.csv", TIME_COLUMNS, time_rows(rows))


def _file(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    return Response(
        "".join(map(csv_line, (columns, *rows))),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
