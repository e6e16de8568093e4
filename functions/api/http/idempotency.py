"""Idempotency-Key: a request that is sent twice is carried out once and answered twice.

The key is reserved before the work, with a fingerprint of the request. The answer is stored and
replayed. If the work fails, the key is released, so that the caller can try again.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Request
from starlette.responses import JSONResponse, Response

from functions.service.jobs.idempotency import keep_response, release_key, reserve_key
from functions.service.jobs.records import IdempotencyRecord
from functions.service.services import WorkspaceServices

KEY_CHARS_MAX = 200
REPLAYED = "Idempotent-Replay"

_KEPT_HEADERS = ("location", "etag")

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=KEY_CHARS_MAX,
        description="A text of your choice, different for each new request. If you send the same "
        "request again within 24 hours, you get the first answer again.",
    ),
]

Work = Callable[[str], Awaitable[JSONResponse]]
"""Takes a name for what it creates, which is the same whenever the same request comes again."""


async def once(
    services: WorkspaceServices, request: Request, key: str | None, work: Work
) -> Response:
    """Raises CallerError: 409 while the first request is in progress, 422 if the key was used for a
    different request."""
    if key is None:
        return await work(services.new_token())
    fingerprint = await _fingerprint(request)
    given = await reserve_key(services, key, fingerprint)
    if given is not None:
        return _replay(given)
    try:
        response = await work(sha256(f"{key}\n{fingerprint}".encode()).hexdigest())
    except BaseException:
        await release_key(services, key)
        raise
    status, body = response.status_code, _written(response)
    await keep_response(services, key, fingerprint, status=status, body=body)
    return response


async def _fingerprint(request: Request) -> str:
    head = f"{request.method} {request.url.path}\n".encode()
    return sha256(head + await request.body()).hexdigest()


def _written(response: JSONResponse) -> str:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return json.dumps({"headers": headers, "body": bytes(response.body).decode()})


def _replay(record: IdempotencyRecord) -> Response:
    written: Mapping[str, object] = json.loads(record.body)
    headers, body = written["headers"], written["body"]
    assert isinstance(headers, dict)
    assert isinstance(body, str)
    return Response(
        body,
        status_code=record.status,
        headers={**headers, REPLAYED: "true"},
        media_type="application/json",
    )
