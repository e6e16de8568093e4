"""A campaign's results: what each reader did is where it belongs, once, whatever is interrupted."""

from dataclasses import replace

import pytest

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.journal import total_key
from functions.flow.lead import Lead
from functions.service.audience.contact_row import Row
from functions.service.campaigns.edit import replace_draft
from functions.service.campaigns.publish import publish
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from functions.service.errors import CallerError
from functions.service.reports.add_to_results import add_to_results
from functions.service.reports.campaign_results import (
    CampaignResults,
    campaign_results,
    results_over_time,
)
from functions.service.reports.email_results import WHATS
from functions.service.reports.records import EmailResults, LinkClicks
from functions.service.reports.roll_counts import roll_counts
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_tracking_event,
)
from harness.fakes.scenes import Document, email, flow, in_world, wait
from harness.fakes.world import FakeWorld
from harness.simulation.faulty_store import Around, layered

OFFER, TERMS = "https://example.com/offer", "https://example.com/terms"


def split(node_id: str, **weights: int) -> Document:
    branches = [{"port": port, "weight": weight} for port, weight in weights.items()]
    return {"id": node_id, "type": "split", "configuration": {"branches": branches}}


def halves() -> Document:
    """An e-mail to all, then one of two, then another to all, who then wait."""
    nodes = [email("hello"), split("half", a=1, b=1), email("x"), email("y"), email("bye")]
    links = ("hello>half", "half.a>x", "half.b>y", "x>bye", "y>bye", "bye>w")
    return flow([*nodes, wait("w", 86_400)], *links)


async def launch(world: FakeWorld, drawn: Document, contacts: int = 8) -> list[Lead]:
    rows = [Row(it + 2, f"p{it}@example.com", {}) for it in range(contacts)]
    await set_up_campaign(
        world.made, NewCampaign(campaign_id="c", name="C", flow=drawn, rows=rows, launch=True)
    )
    await world.settle(6)
    return [it.lead for it in await world.store.leads.page("c", after_seq=0, limit=100)]


async def does(
    world: FakeWorld, lead: Lead, kind: TrackingEventKind, node_id: str, link: str | None = None
) -> None:
    """What a reader does, at another minute each time."""
    world.clock.advance(61)
    now = await world.store.now()
    event = TrackingEvent(kind, node_id, 1, now, link=link, url=link)
    reader = Reader("test", "::1")
    stored = await store_tracking_event(world.made, "c", lead.lead_id, 1, event, reader)
    assert stored is not None
    await settle_tracking_events(world.made, [stored])


async def opens(world: FakeWorld, lead: Lead, node_id: str) -> None:
    await does(world, lead, TrackingEventKind.OPENED, node_id)


async def clicks(world: FakeWorld, lead: Lead, node_id: str, link: str) -> None:
    await does(world, lead, TrackingEventKind.CLICKED, node_id, link)


async def results(world: FakeWorld) -> CampaignResults:
    while await roll_counts(world.made, "c"):
        pass
    return await campaign_results(world.made, "c")


@in_world
async def test_each_e_mail_has_its_numbers_in_the_order_of_the_flow(world: FakeWorld) -> None:
    """An e-mail that nobody got yet is there too."""
    first, second, *_ = await launch(world, halves())
    await opens(world, first, "hello")
    await opens(world, first, "hello")
    await clicks(world, second, "bye", OFFER)
    found = await results(world)
    assert [it.node_id for it in found.emails] == ["hello", "x", "y", "bye"]
    hello, x, y, bye = found.emails
    assert (hello.name, hello.is_in_flow) == ("Subject of hello", True)
    assert (hello.numbers["sent"], hello.numbers["opened"]) == (8, 1)
    assert x.numbers["sent"] + y.numbers["sent"] == 8
    assert (bye.numbers["clicked"], bye.numbers["opened"]) == (1, 0)


@in_world
async def test_a_lead_counts_once_for_each_link_that_it_clicks(world: FakeWorld) -> None:
    """Most clicked first; the message counts one click."""
    first, second, *_ = await launch(world, flow([email("mail")]))
    for lead, link in ((first, TERMS), (first, OFFER), (first, OFFER), (second, OFFER)):
        await clicks(world, lead, "mail", link)
    (mail,) = (await results(world)).emails
    assert mail.numbers["clicked"] == 2
    assert mail.links == [LinkClicks(OFFER, 2), LinkClicks(TERMS, 1)]


@in_world
async def test_a_branch_counts_each_of_its_leads_once_for_all_e_mails_behind_it(
    world: FakeWorld,
) -> None:
    """Not for what they did with the e-mail before it."""
    leads = await launch(world, halves())
    in_a = [it for it in leads if it.branches["half"].port == "a"]
    in_b = [it for it in leads if it.branches["half"].port == "b"]
    assert len(in_a) >= 2
    assert in_b
    await opens(world, in_a[0], "hello")
    await opens(world, in_a[0], "x")
    await opens(world, in_a[0], "bye")
    await opens(world, in_a[1], "bye")
    await clicks(world, in_b[0], "y", OFFER)
    (half,) = (await results(world)).splits
    a, b = half.branches
    assert (a.port, a.took, a.numbers["sent"]) == ("a", len(in_a), len(in_a))
    assert (a.numbers["opened"], a.numbers["clicked"]) == (2, 0)
    assert (b.numbers["opened"], b.numbers["clicked"]) == (0, 1)
    assert (half.verdicts["clicked"], half.verdicts["unsubscribed"]) == (None, None)


@in_world
async def test_a_branch_that_does_better_is_named(world: FakeWorld) -> None:
    """Once the interval of the difference no longer contains 0."""
    leads = await launch(world, halves(), 60)
    for lead in leads:
        if lead.branches["half"].port == "b":
            await opens(world, lead, "y")
    (half,) = (await results(world)).splits
    found = half.verdicts["opened"]
    assert found is not None
    assert (half.branches[found.place].port, half.branches[found.runner_up].port) == ("b", "a")
    assert half.verdicts["clicked"] is None


@in_world
async def test_rates_are_of_what_did_not_come_back(world: FakeWorld) -> None:
    """What came back and was opened all the same counts as delivered: no rate is above 1."""
    leads = await launch(world, flow([email("mail")]), 3)
    await does(world, leads[0], TrackingEventKind.BOUNCED, "mail")
    (mail,) = (await results(world)).emails
    assert mail.share("opened").trials == 2
    for lead in leads:
        await opens(world, lead, "mail")
    (mail,) = (await results(world)).emails
    assert (mail.share("opened").successes, mail.share("opened").trials) == (3, 3)


@in_world
async def test_what_a_later_version_no_longer_has_is_listed_last(world: FakeWorld) -> None:
    """By its id."""
    await launch(world, halves())
    await replace_draft(world.made, "c", flow([email("hello"), email("new")], "hello>new"), None)
    await publish(world.made, "c")
    found = await results(world)
    listed = [(it.node_id, it.name, it.is_in_flow) for it in found.emails]
    assert listed == [
        ("hello", "Subject of hello", True),
        ("new", "Subject of new", True),
        ("bye", "bye", False),
        ("x", "x", False),
        ("y", "y", False),
    ]
    assert [(it.node_id, it.is_in_flow) for it in found.splits] == [("half", False)]
    assert [it.port for it in found.splits[0].branches] == ["a", "b"]


@in_world
async def test_over_time_of_one_e_mail_or_of_all(world: FakeWorld) -> None:
    """An e-mail that is not there is refused."""
    first, *_ = await launch(world, halves())
    world.clock.advance(2 * 3600)
    await opens(world, first, "bye")
    await results(world)
    whole = await results_over_time(world.made, "c", None)
    hello = await results_over_time(world.made, "c", "hello")
    assert [dict(zip(WHATS, it, strict=True))["sent"] for it in whole.by_hour.values()] == [
        *(24, 0),
        0,
    ]
    assert [dict(zip(WHATS, it, strict=True))["opened"] for it in whole.by_hour.values()][-1] == 1
    assert list(hello.by_hour.values()) == [(8, 0, 0, 0, 0, 0)]
    assert list(hello.by_day.values()) == [(8, 0, 0, 0, 0, 0)]
    with pytest.raises(CallerError) as refused:
        await results_over_time(world.made, "c", "nowhere")
    assert refused.value.status == 404


class _Dies(Around):
    """The worker dies when it is about to write results."""

    async def add(self, results: list[EmailResults]) -> int:
        raise ConnectionError("gone")

    change = add


@in_world
async def test_a_roll_up_that_died_before_the_results_is_finished_by_the_next(
    world: FakeWorld,
) -> None:
    """And adds nothing a second time."""
    first, second, *_ = await launch(world, flow([email("mail")]))
    await results(world)
    await opens(world, first, "mail")
    dying = replace(world.made, store=layered(world.store, {"results": _Dies}))
    with pytest.raises(ConnectionError):
        await roll_counts(dying, "c")
    (counts,) = await world.store.counts.find(["c"])
    (stored,) = await world.store.results.find("c", ["mail"])
    assert stored.counted < counts.revision
    await opens(world, second, "mail")
    await results(world)
    await equal_a_recount(world)
    (mail,) = (await results(world)).emails
    assert mail.numbers["opened"] == 2


class _LateMark(Around):
    """The worker dies after it has written the results, before it marks the records."""

    async def mark_rolled(self, keys: list[str]) -> None:
        raise ConnectionError("gone")


@in_world
async def test_results_that_were_written_are_not_added_again(world: FakeWorld) -> None:
    """The next roll-up finds them at the revision of the counts."""
    first, *_ = await launch(world, flow([email("mail")]))
    while await roll_counts(world.made, "c"):
        pass
    (counts,) = await world.store.counts.find(["c"])
    await world.store.journal.mark_rolled(counts.applied)
    await opens(world, first, "mail")
    dying = replace(world.made, store=layered(world.store, {"journal": _LateMark}))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await roll_counts(dying, "c")
    await results(world)
    await equal_a_recount(world)


async def equal_a_recount(world: FakeWorld) -> None:
    """The results of the e-mail equal its counts, which are checked elsewhere."""
    (counts,) = await world.store.counts.find(["c"])
    (stored,) = await world.store.results.find("c", ["mail"])
    for place, what in enumerate(WHATS):
        number = sum(row[place] for row in stored.by_day.values())
        assert number == counts.values.get(total_key(what, "mail"), 0), what


@in_world
async def test_results_of_a_campaign_that_was_deleted_meanwhile_do_not_stay(
    world: FakeWorld,
) -> None:
    """The worker was suspended between the counts and the results."""
    await launch(world, flow([email("mail")]))
    while await roll_counts(world.made, "c"):
        pass
    (counts,) = await world.store.counts.find(["c"])
    await world.store.campaigns.delete("c")
    assert counts.tallies
    assert await add_to_results(world.made, counts)
    assert await world.store.results.of_campaign("c", 9) == []
