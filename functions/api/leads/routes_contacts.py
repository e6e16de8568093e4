"""One contact of a campaign: read it, change it, delete it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from functions.api.http.context import ServicesDep
from functions.api.http.parameters import COUNT_MAX
from functions.api.leads.schemas_contact import ContactChange, ContactRead
from functions.service.leads import contact as contacts
from functions.service.leads.contact import UNDER_WAY

router = APIRouter(prefix="/campaigns/{campaign_id}/contacts/{seq:int}", tags=["contacts"])

Seq = Annotated[int, Path(ge=1, le=COUNT_MAX, description="The contact's number.")]

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "The contact has changed since you loaded it; or it is under way, and the "
        "problem says what that means (`under_way`)."
    }
}


@router.get("", summary="Read a contact, and what it means to change or delete it")
async def read_contact(campaign_id: str, seq: Seq, services: ServicesDep) -> ContactRead:
    return ContactRead.of_story(await contacts.read_contact(services, campaign_id, seq))


@router.patch("", summary="Change a contact", responses=_REFUSED)
async def change_contact(
    campaign_id: str, seq: Seq, body: ContactChange, services: ServicesDep
) -> ContactRead:
    """A lead keeps the values with which its contact entered the campaign: while it is under way,
    its e-mails, waits and conditions do not see the change, and the request has to accept that.
    Whether the address is written to does not change."""
    changed = await contacts.change_contact(
        services,
        campaign_id,
        seq,
        body.revision,
        email=body.email,
        attributes=body.attributes,
        accepts_under_way=UNDER_WAY in body.accepts,
    )
    return ContactRead.of_story(changed)


@router.delete("", status_code=204, summary="Delete a contact", responses=_REFUSED)
async def delete_contact(
    campaign_id: str,
    seq: Seq,
    services: ServicesDep,
    revision: Annotated[
        int, Query(ge=1, le=COUNT_MAX, description="The revision of the contact that you saw.")
    ],
    accepts: Annotated[
        list[str] | None,
        Query(max_length=10, description=f"`{UNDER_WAY}`: delete it although it is under way."),
    ] = None,
) -> Response:
    """Its lead is removed from the campaign, which the request has to accept while it is under way;
    what was sent stays in the counts and in the lead's history. A lead that has failed stays, and
    may be retried. No other contact gets its number. If the address is imported again, it enters
    the campaign from the start; whether it is written to does not change."""
    await contacts.delete_contact(
        services, campaign_id, seq, revision, accepts_under_way=UNDER_WAY in (accepts or ())
    )
    return Response(status_code=204)
