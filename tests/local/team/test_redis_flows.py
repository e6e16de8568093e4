"""Flow documents in a real Redis, and without one."""

import asyncio

from redis import Redis

from harness.servers.redis import RedisServer
from local.team.redis_flows import KEPT_SECONDS, KEY_PREFIX, RedisFlows

FLOW = {"nodes": [{"id": "start", "type": "start"}], "connections": []}


def test_kept_for_a_while_and_lost_without_harm() -> None:
    """Damaged or expired documents count as missing; an unreachable Redis is not an error."""
    with RedisServer() as server:
        redis = Redis.from_url(server.uri)

        async def play() -> None:
            flows = RedisFlows(server.uri)
            assert await flows.find("c/1/1") is None
            await flows.keep("c/1/1", FLOW)
            assert await flows.find("c/1/1") == FLOW
            assert 0 < redis.ttl(f"{KEY_PREFIX}c/1/1") <= KEPT_SECONDS
            for damaged in ("{", "[]", "null"):
                redis.set(f"{KEY_PREFIX}c/1/1", damaged)
                assert await flows.find("c/1/1") is None
            server.kill()
            await flows.keep("c/1/1", FLOW)
            assert await flows.find("c/1/1") is None
            await flows.close()

        asyncio.run(play())
