"""Bring contacts into a campaign."""

from fastapi import APIRouter, Request

from functions.api.uploads import FILE_FIELD, read_contacts
from functions.api.views import JobView
from functions.api.wanted import Bounded, Given, Measured
from functions.service.import_contacts import begin_upload

router = APIRouter(tags=["contacts"])

_LIST_EXAMPLE = [{"email": "ann@example.com", "first_name": "Ann", "plan": "pro"}]
_CSV_EXAMPLE = "email,first_name\nann@example.com,Ann\n"

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {FILE_FIELD: {"type": "string", "format": "binary"}},
                    "required": [FILE_FIELD],
                }
            },
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}},
                "example": _LIST_EXAMPLE,
            },
        },
    }
}


@router.post(
    "/campaigns/{campaign_id}/contacts",
    status_code=202,
    summary="Import contacts from a CSV file or a JSON list",
    openapi_extra=_BODY,
    responses={
        413: {"description": "The file is larger than an upload may be."},
        415: {"description": "Neither CSV, nor a form, nor JSON."},
        422: {"description": "The file as a whole cannot be read; nothing of it was kept."},
    },
)
async def import_contacts(
    campaign_id: str, request: Request, services: Given, limits: Bounded, measured: Measured
) -> JobView:
    """The body is read as it streams in. Rows that cannot be used are no error: the job's report
    names each by its line. Into a running campaign, the new contacts enter at once."""
    upload = await begin_upload(services, campaign_id)
    try:
        await read_contacts(request, limits, upload.add)
        job = await upload.finish()
    except BaseException:
        await upload.discard()
        raise
    measured.job(job.kind)
    return JobView.of(job)
