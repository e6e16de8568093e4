"""Import contacts into a campaign, preview an import, and list contacts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request

from functions.api.audience.import_options import ContactsPolicyDep
from functions.api.audience.schemas import ContactPage, ContactsPreviewView, ContactView
from functions.api.audience.uploads import import_body, read_contacts
from functions.api.http.context import LimitsDep, MetricsDep, ServicesDep
from functions.api.http.parameters import COUNT_MAX, PAGE_DEFAULT, PageLimit
from functions.api.http.request_limits import MEGABYTE
from functions.api.jobs.schemas import JobView
from functions.mail.address import ADDRESS_CHARS_MAX
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.list_contacts import list_contacts as find_contacts
from functions.service.audience.preview_contacts import preview_contacts
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.import_into_campaign import begin_upload, check_takes_contacts
from functions.service.errors import CallerError

router = APIRouter(tags=["contacts"])

_BODY = import_body(
    csv_example="email,first_name\nann@example.com,Ann\n",
    list_example=[{"email": "ann@example.com", "first_name": "Ann", "plan": "pro"}],
)


@router.post(
    "/campaigns/{campaign_id}/contacts",
    status_code=202,
    summary="Import contacts from a CSV file, a workbook or a JSON list",
    openapi_extra=_BODY,
    responses={
        409: {"description": "The campaign has ended."},
        413: {"description": "The file is too large."},
        415: {"description": "The body is neither a file, nor a form, nor JSON."},
        422: {
            "description": "The file cannot be read, or only in several ways (`choice_needed`); "
            "nothing was stored. `errors` has all that is wrong."
        },
    },
)
async def import_contacts(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    limits: LimitsDep,
    metrics: MetricsDep,
    policy: ContactsPolicyDep,
) -> JobView:
    """The body is read as it streams in. How it is to be read is found in the file, unless a
    parameter says it; a file that can be read in several ways is refused with all questions at
    once. Rows that cannot be used are not an error: the job's report names each by its line. It
    counts rows that were `accepted` as new contacts, `changed` and `same` (of contacts that are
    there already), `duplicate` in the file, and `rejected`. If the campaign is running, the new
    contacts are enrolled as soon as the import is done."""
    upload = await begin_upload(services, campaign_id, policy)
    try:
        reader = await read_contacts(request, services, limits, upload.add, policy)
        reading = reader.reading()
        if reading is not None:
            upload.check(reading)
        job = await upload.finish()
    except BaseException:
        await upload.discard()
        raise
    metrics.job(job.kind)
    return JobView.of(job)


@router.get(
    "/campaigns/{campaign_id}/contacts", summary="List the contacts of a campaign, by number"
)
async def list_contacts(
    campaign_id: str,
    services: ServicesDep,
    after_seq: Annotated[
        int, Query(ge=0, le=COUNT_MAX, description="Only contacts after this `seq`.")
    ] = 0,
    email: Annotated[
        str,
        Query(
            max_length=ADDRESS_CHARS_MAX,
            description="Instead: the first contacts whose address begins with this, by address.",
        ),
    ] = "",
    limit: PageLimit = PAGE_DEFAULT,
) -> ContactPage:
    """Contacts are listed even before a launch, when there are no leads yet, for example to choose
    one for the preview of an e-mail."""
    await find_campaign(services, campaign_id)
    if email and after_seq:
        message = "email lists by address: leave after_seq out."
        raise CallerError(422, "filters_clash", message, "after_seq")
    found = await find_contacts(
        services, campaign_id, after_seq=after_seq, limit=limit + 1, email_prefix=email
    )
    page = found.contacts[:limit]
    return ContactPage(
        contacts=[ContactView.of(it, found.suppressed.get(it.email_key)) for it in page],
        total=found.total,
        next_after_seq=page[-1].seq if len(found.contacts) > limit and not email else None,
    )


PREVIEW_BYTES_MAX = MEGABYTE


@router.post(
    "/campaigns/{campaign_id}/contacts/preview",
    summary="Preview the import of a file, or of its beginning",
    openapi_extra=_BODY,
    responses={
        409: {"description": "The campaign has ended."},
        413: {"description": "Too large for a preview: send the beginning, with part=true."},
        415: {"description": "The body is neither a file, nor a form, nor JSON."},
        422: {"description": "The file cannot be read at all."},
    },
)
async def preview_import(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    limits: LimitsDep,
    policy: ContactsPolicyDep,
    part: Annotated[
        bool,
        Query(
            description="The body is the beginning of a larger file: ignore an incomplete last row."
        ),
    ] = False,
) -> ContactsPreviewView:
    """At most 1 MB. Nothing is stored. Rows are checked by the same rules as in an import. Where
    the file leaves a question open, it is read as the question proposes; send the import with the
    parameters that answer it."""
    campaign = await check_takes_contacts(services, campaign_id)
    bounded = replace(limits, json_bytes_max=PREVIEW_BYTES_MAX, upload_bytes_max=PREVIEW_BYTES_MAX)
    rows: list[Row | RejectedRow] = []

    async def take(more: Sequence[Row | RejectedRow]) -> None:
        rows.extend(more)

    try:
        reader = await read_contacts(
            request,
            services,
            bounded,
            take,
            policy,
            is_part=part,
            sheet_chars_max=PREVIEW_BYTES_MAX,
        )
    except CallerError as error:
        if error.code != "upload_too_large":
            raise
        message = "A preview accepts at most 1 MB: send the beginning of the file, with part=true."
        raise CallerError(413, "preview_too_large", message) from error
    preview = await preview_contacts(
        services,
        campaign_id,
        rows,
        policy,
        reader.columns,
        entered_seq=campaign.enrolled_seq,
    )
    return ContactsPreviewView.of(
        preview, reader.columns, reader.reading(), is_part=part or reader.is_part
    )
