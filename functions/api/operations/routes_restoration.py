"""A store that was restored from a backup: which leads are in doubt, and what happens to them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Query

from functions.api.http.context import ServicesDep
from functions.api.http.parameters import PAGE_DEFAULT, PageLimit
from functions.api.operations.schemas_restoration import (
    HeldLeadPageView,
    HeldLeadsChoice,
    HeldLeadView,
    Release,
    RestorationView,
)
from functions.service.errors import CallerError
from functions.service.leads.held_leads import Place, choose, held_page, look_up_restoration
from functions.service.leads.release_held import release

router = APIRouter(prefix="/restoration", tags=["system"])

_NOT_HELD: dict[int | str, dict[str, Any]] = {
    409: {"description": "The store is not held, or it is decided already."}
}


@router.get("", summary="Read whether the store was restored, and is held")
async def read_restoration(services: ServicesDep) -> RestorationView:
    return RestorationView.of(await look_up_restoration(services))


@router.get(
    "/leads",
    summary="List leads that may have been sent mail since the backup",
)
async def list_held_leads(
    services: ServicesDep,
    limit: PageLimit = PAGE_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=300, description="`next_cursor` of the page before.")
    ] = None,
) -> HeldLeadPageView:
    """A lead is listed if its message was not over at the backup, or if its waits were short enough
    for an e-mail to be sent before the restore, whatever its reader did. What people did by hand
    after the backup is not known. Empty if there is nothing to decide."""
    page = await held_page(services, _read_place(cursor), limit)
    return HeldLeadPageView(
        leads=[HeldLeadView.of(it) for it in page.leads],
        next_cursor=None if page.after is None else _write_place(page.after),
    )


@router.post(
    "/choices",
    summary="Choose for single leads",
    status_code=204,
    responses={**_NOT_HELD, 404: {"description": "There is no lead with one of these ids."}},
)
async def choose_for_leads(body: HeldLeadsChoice, services: ServicesDep) -> None:
    """They take effect with the release, and count more than what is chosen there."""
    await choose(services, body.lead_ids, body.choice)


@router.post(
    "/release", summary="Decide for all leads, and go on", status_code=202, responses=_NOT_HELD
)
async def release_store(body: Release, services: ServicesDep) -> RestorationView:
    """The next sweeps go through the leads; then the campaigns run again that ran at the backup.
    Repeating the request changes nothing."""
    return RestorationView.of(await release(services, body.choice))


def _write_place(place: Place) -> str:
    return urlsafe_b64encode(f"{place[1]}|{place[0]}".encode()).decode().rstrip("=")


def _read_place(cursor: str | None) -> Place | None:
    """Raises CallerError."""
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        seq, separator, campaign_id = text.partition("|")
        if not separator or not seq.isascii() or not seq.isdigit() or len(seq) > 15:
            raise ValueError("no place")
        return campaign_id, int(seq)
    except ValueError as problem:
        message = "cursor is invalid: use next_cursor unchanged, or leave it out."
        raise CallerError(422, "bad_cursor", message, "cursor") from problem
