"""Idempotency-Key: the same request sent twice is carried out once and answered twice.

The key is reserved before the work, with a fingerprint of the request. What was answered is
stored and replayed; work that failed gives the key back, so that the caller may try again.
A reservation whose worker died is given up after `ABANDONED_AFTER`, which is longer than any
request lives; the work it guards is itself repeatable, so even then nothing happens twice.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Request
from starlette.responses import JSONResponse, Response

from functions.service.errors import CallerError, conflict
from functions.service.jobs.records import Answer
from functions.service.services import Services

ABANDONED_AFTER = timedelta(minutes=2)
KEY_CHARS_MAX = 200
REPLAYED = "Idempotent-Replay"

_KEPT_HEADERS = ("location", "etag")

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=KEY_CHARS_MAX,
        description="Any text of your own, new for each request you mean. Sent again with the "
        "same body within 24 hours, the first answer comes back.",
    ),
]

Work = Callable[[str], Awaitable[JSONResponse]]
"""Is given a name for what it makes: the same one whenever the same request comes again."""


async def once(services: Services, request: Request, key: str | None, work: Work) -> Response:
    """Raises CallerError: 409 while the first is still under way, 422 for another request."""
    if key is None:
        return await work(services.new_token())
    fingerprint = await _fingerprint(request)
    given = await _reserve(services, key, fingerprint)
    if given is not None:
        return _replay(given)
    try:
        response = await work(sha256(f"{key}\n{fingerprint}".encode()).hexdigest())
    except BaseException:
        await services.store.answers.release(key)
        raise
    now = await services.store.now()
    written = _written(response)
    await services.store.answers.save(
        Answer(key=key, fingerprint=fingerprint, at=now, status=response.status_code, body=written)
    )
    return response


async def _reserve(services: Services, key: str, fingerprint: str) -> Answer | None:
    now = await services.store.now()
    wanted = Answer(key=key, fingerprint=fingerprint, at=now)
    given = await services.store.answers.reserve(wanted)
    if given is None:
        return None
    if given.fingerprint != fingerprint:
        raise CallerError(
            422,
            "key_reused",
            "This Idempotency-Key came with another request before: take a new one.",
            "Idempotency-Key",
        )
    if given.status:
        return given
    if now - given.at > ABANDONED_AFTER:
        await services.store.answers.release(key)
        if await services.store.answers.reserve(wanted) is None:
            return None
    raise conflict(
        "still_running", "The first request with this Idempotency-Key is still under way."
    )


async def _fingerprint(request: Request) -> str:
    head = f"{request.method} {request.url.path}\n".encode()
    return sha256(head + await request.body()).hexdigest()


def _written(response: JSONResponse) -> str:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return json.dumps({"headers": headers, "body": bytes(response.body).decode()})


def _replay(answer: Answer) -> Response:
    written: Mapping[str, object] = json.loads(answer.body)
    headers, body = written["headers"], written["body"]
    assert isinstance(headers, dict)
    assert isinstance(body, str)
    return Response(
        body,
        status_code=answer.status,
        headers={**headers, REPLAYED: "true"},
        media_type="application/json",
    )
