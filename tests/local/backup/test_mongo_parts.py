"""A MongoDB store that somebody has asked something already is empty enough for a restore."""

import asyncio
from datetime import timedelta

from harness.servers.mongo import open_passing
from local.backup.mongo_parts import read_parts, version_of, write_parts
from tests.local.backup.restored_scene import unwatched


def test_counted_requests_are_neither_kept_nor_in_the_way() -> None:
    """A backend that runs already counts requests, whatever its database holds."""

    async def test() -> None:
        store, other = await open_passing(), await open_passing()
        now, second = await store.now(), timedelta(seconds=1)
        for it in (store, other):
            await it.throttle_buckets.take("request:x", now, second, 60 * second)
        parts = [part async for part in read_parts(store, unwatched)]
        assert "throttle_buckets" not in {it.name for it in parts}
        await write_parts(other, parts, await version_of(store), now, unwatched)
        assert await other.restorations.find() is not None
        await store.close()
        await other.close()

    asyncio.run(test())
