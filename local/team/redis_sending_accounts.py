"""Buckets and breakers of sending accounts in Redis, shared by all workers.

Invariant: sending never waits for Redis. If Redis does not answer, this process continues from the
account's last known state: until Redis is back, the rate then applies to each process and not to
all of them together. After Redis was flushed or comes back empty, buckets start full, so each such
loss costs one burst at most. This module must not know what a state means.
"""

import logging
from collections.abc import Awaitable
from datetime import timedelta
from typing import cast

from pydantic import TypeAdapter
from redis.exceptions import RedisError

from functions.service.access.records import WorkspaceId
from functions.service.sending.records import SendingAccountState
from local.team.redis_client import Reach, open_redis

KEY_PREFIX = "emailbuilder:account:2:"
"""Contains the format's version, so that another version of the program never reads it."""
KEPT = timedelta(hours=48)
"""Longer than any bucket takes to fill (`functions.service.rates`) and any breaker stays
open: an older state has no meaning any more.
"""

_SAVE = """
local there = redis.call('HGET', KEYS[1], 'revision')
if (there or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
_STATE = TypeAdapter(SendingAccountState)

logger = logging.getLogger(__name__)


def _key(workspace_id: WorkspaceId, sending_account: str) -> str:
    return f"{KEY_PREFIX}{workspace_id}:{sending_account}"


class RedisSendingAccounts:
    """Belongs to the event loop on which it is first used."""

    def __init__(self, url: str) -> None:
        self._redis = open_redis(url)
        self._known: dict[str, SendingAccountState] = {}
        """By key."""
        self._reach = Reach(
            logger,
            "until it does, this process applies the rates alone",
            "all workers share the send rates",
        )

    async def find(
        self, workspace_id: WorkspaceId, sending_account: str
    ) -> SendingAccountState | None:
        key = _key(workspace_id, sending_account)
        if self._reach.may_ask():
            try:
                document = await cast(Awaitable[bytes | None], self._redis.hget(key, "state"))
            except (RedisError, OSError) as problem:
                self._reach.note_away(problem)
            else:
                self._reach.note_back()
                return self._remember(key, document)
        return self._known.get(key)

    async def save(self, state: SendingAccountState) -> bool:
        expected = state.revision - 1
        key = _key(state.workspace_id, state.account)
        if self._reach.may_ask():
            try:
                is_saved = await cast(
                    Awaitable[int],
                    self._redis.eval(
                        _SAVE,
                        1,
                        key,
                        str(expected),
                        str(state.revision),
                        _STATE.dump_json(state).decode(),
                        str(KEPT // timedelta(milliseconds=1)),
                    ),
                )
            except (RedisError, OSError) as problem:
                self._reach.note_away(problem)
            else:
                self._reach.note_back()
                if is_saved == 1:
                    self._known[key] = state
                return is_saved == 1
        known = self._known.get(key)
        if (known.revision if known else 0) != expected:
            return False
        self._known[key] = state
        return True

    async def close(self) -> None:
        await self._redis.aclose()

    def _remember(self, key: str, document: bytes | None) -> SendingAccountState | None:
        if document is None:
            self._known.pop(key, None)
            return None
        state = self._known[key] = _STATE.validate_json(document)
        return state
