"""Dead letters: what the broker gave up on, to look at, to put back, to throw away."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from functions.api.http.context import ServicesDep
from functions.api.http.cursor import read_cursor, write_cursor
from functions.api.http.parameters import PAGE_DEFAULT
from functions.api.operations.schemas_dead_letters import (
    LETTER_ID_CHARS_MAX,
    DroppedView,
    LetterChoice,
    LetterPageView,
    LetterRead,
    LetterView,
    RequeuedView,
)
from functions.service.errors import CallerError, missing
from functions.service.operations.records import NAMED_MAX

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])

_AWAY: dict[int | str, dict[str, Any]] = {
    503: {"description": "The broker does not answer, or somebody else is at its dead letters."}
}


@router.get("", summary="List dead letters, oldest first", responses=_AWAY)
async def list_dead_letters(
    services: ServicesDep,
    limit: Annotated[
        int, Query(ge=1, le=NAMED_MAX, description="How many at most.")
    ] = PAGE_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor`.")] = None,
) -> LetterPageView:
    found = await services.dead_letters.page(after=read_cursor(cursor), limit=limit + 1)
    page = found.letters[:limit]
    return LetterPageView(
        dead_letters=[LetterView.of(it) for it in page],
        next_cursor=write_cursor(*page[-1].place) if len(found.letters) > limit else None,
        total=found.total,
        unseen=found.unseen,
    )


@router.get("/{dead_letter_id}", summary="One dead letter with its body, as text", responses=_AWAY)
async def read_dead_letter(
    dead_letter_id: Annotated[str, Path(max_length=LETTER_ID_CHARS_MAX)], services: ServicesDep
) -> LetterRead:
    opened = await services.dead_letters.find(dead_letter_id)
    if opened is None:
        raise missing("dead letter", dead_letter_id)
    return LetterRead.opened(opened)


@router.post(
    "/requeue",
    summary="Put dead letters back into the queues they came from",
    responses=_AWAY,
)
async def requeue_dead_letters(body: LetterChoice, services: ServicesDep) -> RequeuedView:
    """At most 1000 a call: ask again while some are `left`. Each counts its deliveries anew. A
    job that was done meanwhile does nothing."""
    return RequeuedView.of(await services.dead_letters.requeue(_chosen(body)))


@router.post("/drop", summary="Throw dead letters away", responses=_AWAY)
async def drop_dead_letters(body: LetterChoice, services: ServicesDep) -> DroppedView:
    """At most 1000 a call: ask again while some are `left`. The leads they were about are not
    lost: what is due is dispatched again by itself."""
    return DroppedView.of(await services.dead_letters.drop(_chosen(body)))


def _chosen(body: LetterChoice) -> frozenset[str] | None:
    """None: all. Raises CallerError."""
    if body.ids is None and body.all is None:
        words = 'Say which: "ids" with a list of them, or "all": true.'
        raise CallerError(422, "nothing_chosen", words, "ids")
    if body.ids is not None and body.all is not None:
        raise CallerError(422, "chosen_twice", 'Say "ids" or "all", not both.', "all")
    return frozenset(body.ids) if body.ids is not None else None
