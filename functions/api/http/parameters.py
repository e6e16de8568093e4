"""Parameters of several routes: the size of a page, and the revision that the caller saw."""

from typing import Annotated, Protocol

from fastapi import Depends, Header, Query

from functions.service.errors import CallerError

PAGE_DEFAULT = 50
PAGE_MAX = 500
COUNT_MAX = 2**53
"""The largest number up to which every JSON parser is exact."""


class Revised(Protocol):
    @property
    def revision(self) -> int: ...


def _seen_revision(
    if_match: Annotated[
        str | None,
        Header(
            description='The ETag that you read, e.g. `"4"`. If the object has changed since, the '
            "answer is 412."
        ),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) < 18):
        raise CallerError(
            412,
            "changed_meanwhile",
            f"{if_match[:60]} is not an ETag of this object: reload it, then repeat your change.",
        )
    return int(tag)


def etag(read: Revised) -> str:
    return f'"{read.revision}"'


SeenRevision = Annotated[int | None, Depends(_seen_revision)]
PageLimit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="The size of the page.")]
