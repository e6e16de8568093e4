"""Dead letters: list, read, requeue and drop the messages that the broker gave up on."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from functions.api.http.context import ServicesDep
from functions.api.http.cursor import read_cursor, write_cursor
from functions.api.http.parameters import PAGE_DEFAULT
from functions.api.operations.schemas_dead_letters import (
    DEAD_LETTER_ID_CHARS_MAX,
    DeadLetterChoice,
    DeadLetterPageView,
    DeadLetterRead,
    DeadLetterView,
    DroppedView,
    RequeuedView,
)
from functions.service.errors import CallerError, missing
from functions.service.operations.records import NAMED_MAX

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])

_AWAY: dict[int | str, dict[str, Any]] = {
    503: {"description": "The broker does not answer, or somebody else holds its dead letters."}
}


@router.get("", summary="List dead letters, oldest first", responses=_AWAY)
async def list_dead_letters(
    services: ServicesDep,
    limit: Annotated[
        int, Query(ge=1, le=NAMED_MAX, description="The size of the page.")
    ] = PAGE_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=300, description="`next_cursor` of the page before.")
    ] = None,
) -> DeadLetterPageView:
    found = await services.dead_letters.page(after=read_cursor(cursor), limit=limit + 1)
    page = found.dead_letters[:limit]
    return DeadLetterPageView(
        dead_letters=[DeadLetterView.of(it) for it in page],
        next_cursor=write_cursor(*page[-1].place) if len(found.dead_letters) > limit else None,
        total=found.total,
        unseen=found.unseen,
    )


@router.get(
    "/{dead_letter_id}", summary="Read a dead letter with its body as text", responses=_AWAY
)
async def read_dead_letter(
    dead_letter_id: Annotated[str, Path(max_length=DEAD_LETTER_ID_CHARS_MAX)], services: ServicesDep
) -> DeadLetterRead:
    opened = await services.dead_letters.find(dead_letter_id)
    if opened is None:
        raise missing("dead letter", dead_letter_id)
    return DeadLetterRead.opened(opened)


@router.post(
    "/requeue",
    summary="Put dead letters back into the queues that they came from",
    responses=_AWAY,
)
async def requeue_dead_letters(body: DeadLetterChoice, services: ServicesDep) -> RequeuedView:
    """At most 1000 per call: call again while some are `left`. Their deliveries are counted from 0.
    A job that has been done in the meantime has no effect."""
    return RequeuedView.of(await services.dead_letters.requeue(_chosen(body)))


@router.post("/drop", summary="Delete dead letters", responses=_AWAY)
async def drop_dead_letters(body: DeadLetterChoice, services: ServicesDep) -> DroppedView:
    """At most 1000 per call: call again while some are `left`. Their leads are not lost: the sweep
    dispatches leads that are due again."""
    return DroppedView.of(await services.dead_letters.drop(_chosen(body)))


def _chosen(body: DeadLetterChoice) -> frozenset[str] | None:
    """The chosen ids; None means all. Raises CallerError."""
    if body.ids is None and body.all is None:
        message = 'Choose dead letters: send "ids" with a list, or "all": true.'
        raise CallerError(422, "nothing_chosen", message, "ids")
    if body.ids is not None and body.all is not None:
        raise CallerError(422, "chosen_twice", 'Send "ids" or "all", not both.', "all")
    return frozenset(body.ids) if body.ids is not None else None
