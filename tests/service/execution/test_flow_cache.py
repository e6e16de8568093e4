"""The flows that a worker has loaded, and those that workers share."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from functions.flow.lead import Lead
from functions.service.campaigns.records import FlowVersion
from functions.service.execution.flow_cache import (
    LOADED_MAX,
    NOT_SHARED,
    FlowCache,
    SharedFlows,
    UnusableFlowError,
)
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import email, in_world
from harness.fakes.world import FakeWorld


def flow(subject: str) -> dict[str, object]:
    return {
        "nodes": [{"id": "start", "type": "start"}, email("mail", subject)],
        "connections": [{"from_node": "start", "to_node": "mail"}],
    }


def lead(epoch: int = 1, version: int = 1) -> Lead:
    return Lead(
        lead_id=f"lead_c_1_{epoch}",
        campaign_id="c",
        seq=1,
        email="ann@example.com",
        attributes={},
        flow_version=version,
        enrolled_at=BEGINNING + timedelta(seconds=epoch),
    )


class Kept:
    """Shared flows in a dictionary."""

    def __init__(self) -> None:
        self.flows: dict[str, Mapping[str, object]] = {}

    async def find(self, key: str) -> Mapping[str, object] | None:
        return self.flows.get(key)

    async def keep(self, key: str, flow: Mapping[str, object]) -> None:
        self.flows[key] = flow

    async def close(self) -> None: ...


def cache_of(
    world: FakeWorld, shared: SharedFlows = NOT_SHARED, loaded_max: int = LOADED_MAX
) -> FlowCache:
    return FlowCache(world.store.campaigns, world.made.emails, shared, loaded_max)


async def subject_of(cache: FlowCache, it: Lead) -> object:
    loaded = await cache.load(it)
    return loaded.executor.flow.by_id()["mail"].configuration.subject  # type: ignore[union-attr]


@in_world
async def test_campaign_with_a_reused_id_has_its_own_flow(world: FakeWorld) -> None:
    """Its leads have another epoch, so flows loaded for earlier leads do not apply to them."""
    campaigns, cache = world.store.campaigns, cache_of(world, Kept())
    await campaigns.add_version(FlowVersion("c", 1, flow("old"), BEGINNING))
    assert await subject_of(cache, lead(1)) == "old"
    await campaigns.delete("c")
    assert await subject_of(cache, lead(1)) == "old"
    with pytest.raises(UnusableFlowError, match="version 1 of campaign c is not in the store"):
        await cache.load(lead(2))
    await campaigns.add_version(FlowVersion("c", 1, flow("new"), BEGINNING))
    assert await subject_of(cache, lead(2)) == "new"


@in_world
async def test_workers_share_loaded_flows(world: FakeWorld) -> None:
    """Without asking the store, unless the shared document is not a flow."""
    kept = Kept()
    await world.store.campaigns.add_version(FlowVersion("c", 1, flow("one"), BEGINNING))
    assert await subject_of(cache_of(world, kept), lead()) == "one"
    (key,) = kept.flows
    kept.flows[key] = {**flow("two"), "footer": None, "reply_to": None}
    assert await subject_of(cache_of(world, kept), lead()) == "two"
    # Earlier versions kept flows without their footer or their Reply-To.
    for beside in ({}, {"footer": None}):
        kept.flows[key] = {**flow("two"), **beside}
        assert await subject_of(cache_of(world, kept), lead()) == "one"
    kept.flows[key] = {"nodes": "none"}
    assert await subject_of(cache_of(world, kept), lead()) == "one"


@in_world
async def test_only_so_many_are_kept(world: FakeWorld) -> None:
    """The least recently used one is dropped."""
    cache = cache_of(world, loaded_max=2)
    for version in (1, 2, 3):
        await world.store.campaigns.add_version(
            FlowVersion("c", version, flow(f"{version}"), BEGINNING)
        )
    first = await cache.load(lead(version=1))
    await cache.load(lead(version=2))
    assert await cache.load(lead(version=1)) is first
    await cache.load(lead(version=3))
    assert await cache.load(lead(version=1)) is first
    await world.store.campaigns.delete("c")
    with pytest.raises(UnusableFlowError):
        await cache.load(lead(version=2))
