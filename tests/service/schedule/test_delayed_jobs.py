"""Delayed jobs: the broker gets a few for pauses that end soon, the sweep does the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.jobs.records import ResumeJob
from functions.service.worker_state import WorkerState
from harness.fakes.scenes import in_world
from harness.fakes.world import FakeWorld

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "wait",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": 5, "unit": "seconds"},
        },
    ],
    "connections": [{"from_node": "start", "to_node": "wait"}],
}


def test_as_many_as_it_admits_and_more_once_those_are_due() -> None:
    """The limit applies to jobs in the future."""
    pace, later = WorkerState(), NOW + timedelta(seconds=5)
    assert [pace.admits_delayed(NOW, later, 2) for _ in range(3)] == [True, True, False]
    assert pace.admits_delayed(later, later + timedelta(seconds=5), 2)


@pytest.mark.parametrize(
    ("horizon_seconds", "most", "delayed"), [(10.0, 3, 3), (10.0, 100, 10), (4.0, 100, 0)]
)
@in_world
async def test_leads_beyond_horizon_or_bound_are_left_to_the_sweep(
    world: FakeWorld, horizon_seconds: float, most: int, delayed: int
) -> None:
    """They hold no lease, so that they do not count as in flight either."""
    policy = replace(world.made.policy, horizon_seconds=horizon_seconds, delayed_jobs_max=most)
    world.made = replace(world.made, policy=policy)
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(it, f"p{it}@example.com", {}) for it in range(10)])
    await upload.finish()
    await launch(world.made, "c")
    await world.settle()
    ahead = [job for _, job in world.dispatcher.waiting if isinstance(job, ResumeJob)]
    leads = await world.store.leads.page("c", after_seq=0, limit=99)
    assert len(ahead) == sum(it.lease_until is not None for it in leads) == delayed
    assert {it.delay_seconds for it in ahead} <= {5}
