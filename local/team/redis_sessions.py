"""Sessions in Redis, shared by all backends: `session:{session_id}` holds one, as a hash.

Its field `user_data` is JSON: what people are shown of the session. `sessions:{workspace_id}` lists
the sessions of a workspace by the time each was last seen.

Invariant: entries expire by themselves with their session. If Redis is down, nobody can use or
start a session, and API tokens work as before; if it comes back empty, people sign in again.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

from redis.exceptions import RedisError

from functions.service.access.ports import SessionsAwayError
from functions.service.access.records import Session, WorkspaceId
from functions.service.access.sessions import IDLE_MAX, ends_at
from local.team.redis_client import open_redis

_ADD = """
redis.call('HSET', KEYS[1], 'workspace_id', ARGV[1], 'token_digest', ARGV[2], 'user_data', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[6])
redis.call('PEXPIREAT', KEYS[2], ARGV[7])
return 1
"""
_REMOVE = """
local removed = 0
for n = 2, #KEYS do
  if redis.call('HGET', KEYS[n], 'workspace_id') == ARGV[1] then
    removed = removed + redis.call('DEL', KEYS[n])
  end
  redis.call('ZREM', KEYS[1], ARGV[n])
end
return removed
"""
_SEEN = "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end" + _ADD


class RedisSessions:
    """Implements `Sessions`. Belongs to the event loop on which it is first used."""

    def __init__(self, url: str) -> None:
        self._redis = open_redis(url)

    async def add(self, session: Session) -> None:
        await self._write(_ADD, session)

    async def find(self, session_id: str) -> Session | None:
        async with _answering():
            found = await cast(Awaitable[dict[bytes, bytes]], self._redis.hgetall(_key(session_id)))
        return _session(session_id, found)

    async def seen(self, session: Session) -> None:
        await self._write(_SEEN, session)

    async def latest(self, workspace_id: WorkspaceId, limit: int) -> list[Session]:
        async with _answering():
            listed = self._redis.zrevrange(_list(workspace_id), 0, limit - 1)
            ids = [it.decode() for it in await cast(Awaitable[list[bytes]], listed)]
            async with self._redis.pipeline(transaction=False) as reading:
                for each in ids:
                    reading.hgetall(_key(each))
                found = await reading.execute()
        sessions = map(_session, ids, found)
        return [it for it in sessions if it is not None]

    async def remove(self, workspace_id: WorkspaceId, session_ids: Sequence[str]) -> int:
        keys = (_list(workspace_id), *map(_key, session_ids))
        values = (workspace_id, *session_ids)
        async with _answering():
            return await cast(Awaitable[int], self._redis.eval(_REMOVE, len(keys), *keys, *values))

    async def remove_unseen(self, workspace_id: WorkspaceId, before: datetime, limit: int) -> None:
        """The sessions themselves have expired; `limit` needs no heed for their names."""
        async with _answering():
            await self._redis.zremrangebyscore(_list(workspace_id), "-inf", f"({_ms(before)}")

    async def close(self) -> None:
        await self._redis.aclose()

    async def _write(self, script: str, session: Session) -> None:
        keys = (_key(session.session_id), _list(session.workspace_id))
        values = (
            session.workspace_id,
            session.token_digest,
            _user_data(session),
            str(_ms(ends_at(session))),
            str(_ms(session.last_seen_at)),
            session.session_id,
            str(_ms(session.last_seen_at + IDLE_MAX)),
        )
        async with _answering():
            await cast(Awaitable[int], self._redis.eval(script, len(keys), *keys, *values))


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as problem:
        # Only the type: the text names hosts, and may reveal more.
        raise SessionsAwayError(type(problem).__name__) from None


def _key(session_id: str) -> str:
    return f"session:{session_id}"


def _list(workspace_id: WorkspaceId) -> str:
    return f"sessions:{workspace_id}"


def _user_data(session: Session) -> str:
    return json.dumps(
        {
            "token_name": session.token_name,
            "created_at": session.created_at.isoformat(),
            "last_seen_at": session.last_seen_at.isoformat(),
            "user_agent": session.user_agent,
            "address": session.address,
        }
    )


def _session(session_id: str, found: Mapping[bytes, bytes]) -> Session | None:
    """None for an entry that has expired, or of another version of the program."""
    try:
        user_data = json.loads(found[b"user_data"])
        return Session(
            session_id=session_id,
            workspace_id=WorkspaceId(found[b"workspace_id"].decode()),
            token_name=user_data["token_name"],
            token_digest=found[b"token_digest"].decode(),
            created_at=datetime.fromisoformat(user_data["created_at"]),
            last_seen_at=datetime.fromisoformat(user_data["last_seen_at"]),
            user_agent=user_data["user_agent"],
            address=user_data["address"],
        )
    except (KeyError, ValueError):
        return None


def _ms(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
