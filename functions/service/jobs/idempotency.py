"""Idempotency keys: the answer to a request is stored, and returned if the request is repeated.

Invariant: at most one request holds a key. If its holder died, the next request gets the key after
`ABANDONED_AFTER`, which is longer than any request runs. The work behind it is itself idempotent,
so even then nothing is done twice. This module must not know HTTP.
"""

from datetime import timedelta

from functions.service.errors import CallerError, conflict
from functions.service.jobs.records import IdempotencyRecord
from functions.service.services import WorkspaceServices

ABANDONED_AFTER = timedelta(minutes=2)


async def reserve_key(
    services: WorkspaceServices, key: str, fingerprint: str
) -> IdempotencyRecord | None:
    """Return the stored answer, or None if the key is now reserved for this request.

    Raises CallerError: 409 while the first request is in progress, 422 if the key was used for a
    different request. `fingerprint`: identifies the request.
    """
    now = await services.store.now()
    wanted = IdempotencyRecord(
        workspace_id=services.workspace_id, key=key, fingerprint=fingerprint, at=now
    )
    given = await services.store.idempotency_records.reserve(wanted)
    if given is None:
        return None
    if given.fingerprint != fingerprint:
        raise CallerError(
            422,
            "key_reused",
            "This Idempotency-Key was used for a different request: use a new key.",
            "Idempotency-Key",
        )
    if given.status:
        return given
    if now - given.at > ABANDONED_AFTER:
        await release_key(services, key)
        if await services.store.idempotency_records.reserve(wanted) is None:
            return None
    raise conflict(
        "still_running", "The first request with this Idempotency-Key is still in progress."
    )


async def keep_response(
    services: WorkspaceServices, key: str, fingerprint: str, *, status: int, body: str
) -> None:
    now = await services.store.now()
    await services.store.idempotency_records.save(
        IdempotencyRecord(
            workspace_id=services.workspace_id,
            key=key,
            fingerprint=fingerprint,
            at=now,
            status=status,
            body=body,
        )
    )


async def release_key(services: WorkspaceServices, key: str) -> None:
    """Called after the work has failed, so that the caller can try again."""
    await services.store.idempotency_records.release(services.workspace_id, key)
