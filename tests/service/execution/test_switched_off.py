"""Switched-off nodes in the whole product: nothing is sent, nothing is waited for, and the timeline
says so.
"""

from functions.flow.lead import Lead, LeadStatus
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.edit import check_flow, replace_draft
from functions.service.campaigns.publish import is_published, publish
from functions.service.campaigns.records import FlowVersion
from functions.service.leads.next_step import next_step
from functions.service.leads.timeline import timeline
from harness.fakes.scenes import (
    ANN,
    Document,
    clicked,
    email,
    flow,
    in_world,
    launched,
    only_lead,
    wait,
)
from harness.fakes.world import FakeWorld

DAY = 86_400


def off(written: Document) -> Document:
    return {**written, "disabled": True}


FLOW = flow(
    [
        off(email("a", "Welcome")),
        off(wait("w", 9 * DAY)),
        email("b", "News"),
        wait("v", DAY),
        off(email("c")),
        off(wait("x", DAY)),
        email("d", "Bye"),
    ],
    *("a>w", "w>b", "b>v", "v>c", "c>x", "x>d"),
)


def subjects(world: FakeWorld) -> list[str]:
    return [it.subject for it in world.transport.to(ANN)]


async def passed(world: FakeWorld, walker: Lead) -> list[str | None]:
    """The titles (otherwise the types) of the nodes that its timeline shows as switched off."""
    drawn = check_flow(FLOW).flow
    assert drawn is not None
    records = await world.store.journal.of_lead(walker.lead_id, 100)
    items = timeline({1: drawn}, walker, records)
    assert items[0].code == "entered"
    nodes = [it.parameters["node"] for it in items if it.code == "passed"]
    return [it["title"] or it["type"] for it in nodes]


@in_world
async def test_lead_walks_past_what_is_off(world: FakeWorld) -> None:
    """It immediately gets the first mail that is on; the timeline shows the skipped nodes, and the
    next step is the mail it will get.
    """
    waiting = await launched(world, FLOW)
    assert subjects(world) == ["News"]
    assert waiting.current_node == "v"
    drawn = check_flow(FLOW).flow
    assert drawn is not None
    step = next_step(drawn, waiting)
    assert step is not None
    assert step.code == "waits"
    assert step.parameters["next_node"]["title"] == "Bye"
    await world.pass_time(DAY + 1, step_seconds=DAY)
    assert subjects(world) == ["News", "Bye"]
    done = await only_lead(world)
    assert done.status is LeadStatus.COMPLETED
    titles = await passed(world, done)
    assert titles[:2] == ["Welcome", "wait"]
    assert titles.count("Subject of c") == 1


@in_world
async def test_counts_equal_a_recount(world: FakeWorld) -> None:
    """No lead stays at a switched-off node; leads that pass are counted in and out."""
    await launched(world, FLOW)
    await world.pass_time(DAY + 1, step_seconds=DAY)
    (counts,) = await world.store.counts.find(["c"])
    recount = await world.store.leads.recount("c")
    counted = {key: n for key, n in counts.values.items() if n}
    assert {key: n for key, n in counted.items() if key in recount} == recount
    assert not [key for key in counted if key.startswith("at/") and key not in recount]
    for node_id in "awcx":
        here = {key: n for key, n in counted.items() if f"/{node_id}/" in key}
        assert here == {f"total/{node_id}/entered": 1, f"total/{node_id}/passed": 1}


@in_world
async def test_email_that_is_off_has_no_reader(world: FakeWorld) -> None:
    """A reader who got no e-mail is not watched: the condition answers no, at once."""
    drawn = flow(
        [off(email("a")), clicked("asked", "a", DAY), email("y"), email("n", "Again")],
        *("a>asked", "asked.yes>y", "asked.no>n"),
    )
    await launched(world, drawn)
    assert subjects(world) == ["Again"]


@in_world
async def test_switching_is_a_change_to_publish(world: FakeWorld) -> None:
    """Leads in progress keep the flow with which they entered."""
    on = flow([wait("w", DAY), email("a")], "w>a")
    waiting = await launched(world, on)
    nodes = [off(it) if it["id"] == "a" else it for it in on["nodes"]]  # type: ignore[attr-defined]
    campaign = await replace_draft(world.made, "c", {**on, "nodes": nodes}, None)
    assert not await is_published(world.made, campaign, check_flow(campaign.draft))
    campaign, report = await publish(world.made, "c")
    assert campaign.version == waiting.flow_version + 1
    assert await is_published(world.made, campaign, report)
    await world.pass_time(DAY + 1, step_seconds=DAY)
    assert subjects(world) == ["Subject of a"]


@in_world
async def test_version_from_before_there_was_a_switch_is_still_published(
    world: FakeWorld,
) -> None:
    """It contains no switches; nor does the current document of a flow with everything on."""
    await launched(world, flow([email("a")]))
    campaign = await find_campaign(world.made, "c")
    kept: FlowVersion | None = await world.store.campaigns.version("c", campaign.version)
    assert kept is not None
    assert "disabled" not in str(kept.flow)
    assert await is_published(world.made, campaign, check_flow(campaign.draft))
