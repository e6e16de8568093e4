"""Campaigns that start at a time, end by hand or at a date, and take contacts again.

Only in some worlds, with chance of their own, so that the other worlds run as they did before.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.flow.lead import ENDED, Lead
from functions.service.campaigns import lifecycle
from functions.service.campaigns.launch import AT_ONCE, Timing
from functions.service.campaigns.launch import launch as launch_campaign
from functions.service.campaigns.records import Campaign, CampaignStatus, Ending
from functions.service.sending.records import Message
from functions.service.services import WorkspaceServices
from harness.simulation.cast import Cast
from harness.simulation.story import Violation
from harness.simulation.world import World, message_id_of

DELAYS_SECONDS = (1, 5, 20, 60, 400, 7200)
LENGTHS_SECONDS = (30, 300, 4000)


@dataclass
class Schedules:
    """What people know about when a campaign starts. `known`: (tick, time); None: it may start at
    any time, because they asked for that, or do not know whether it is scheduled. `is_answered`:
    its first launch was."""

    known: list[tuple[int, datetime | None]] = field(default_factory=list)
    is_answered: bool = False

    def at(self, tick: int) -> datetime | None:
        return next((time for since, time in reversed(self.known) if since <= tick), None)


def choose(world: World) -> Timing:
    """When the next campaign starts, and when it ends."""
    if not world.has_timings:
        return AT_ONCE
    chance, now = world.timing_chance, world.now()
    at = None
    if chance.random() < 0.6:
        at = _whole(now + timedelta(seconds=chance.choice(DELAYS_SECONDS)))
    ends = chance.choice(list(Ending))
    if ends is not Ending.AT_DATE:
        return Timing(at, ends)
    length = timedelta(seconds=chance.choice(LENGTHS_SECONDS))
    return Timing(at, ends, _whole((at or now) + length))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def launch(services: WorkspaceServices, cast: Cast, name: str, known: Schedules) -> None:
    """A request with a time of its own each time, as a person would repeat it."""
    world = cast.world
    known.known.append((world.tick, None))
    campaign, job = await launch_campaign(services, name, timing=choose(world))
    world.log(f"launched {name}: {campaign.status} {campaign.launch_at}")
    if job is None:
        known.known.append((world.tick, campaign.launch_at))
    known.is_answered = True


async def timekeeper(cast: Cast, schedules: Mapping[str, Schedules], every_seconds: float) -> None:
    """Take campaigns back and launch them again, or let them end. Only once their first launch was
    answered: of two people who launch at once, the one who wants to start now wins."""
    chance = cast.world.timing_chance
    while cast.world.has_timings and not cast.is_calm:
        await asyncio.sleep(chance.uniform(0, 2 * every_seconds))
        name = chance.choice(cast.names)
        if not schedules[name].is_answered:
            continue
        if chance.random() < 0.2:
            await _end(cast, name)
        elif await _take_back(cast, name, schedules[name]):
            await _launch_again(cast, name, schedules[name])


async def _end(cast: Cast, name: str) -> None:
    async def act(services: WorkspaceServices) -> None:
        await lifecycle.end(services, name)
        cast.world.log(f"let {name} end")

    await cast.ask(f"end {name}", act)


async def _take_back(cast: Cast, name: str, known: Schedules) -> bool:
    async def act(services: WorkspaceServices) -> None:
        known.known.append((cast.world.tick, None))
        await lifecycle.unschedule(services, name)
        cast.world.log(f"unscheduled {name}")

    return await cast.ask(f"unschedule {name}", act)


async def _launch_again(cast: Cast, name: str, known: Schedules) -> None:
    async def act(services: WorkspaceServices) -> None:
        await launch(services, cast, name, known)

    while not await cast.ask(f"launch {name} again", act):
        found = await cast.store.campaigns.find_anywhere([name])
        if not found or found[0].status is not CampaignStatus.DRAFT:
            return
        await asyncio.sleep(cast.world.timing_chance.uniform(0.5, 5))


def nothing_before_its_time(
    world: World, messages: Mapping[str, Message], schedules: Mapping[str, Schedules]
) -> Iterator[Violation]:
    """S: a scheduled campaign sends nothing before the clock has shown its time."""
    by_id = {message_id_of(key): message for key, message in messages.items()}
    for accepted in world.ledger:
        message = by_id.get(accepted.message_id)
        known = schedules.get(message.campaign_id) if message is not None else None
        at = known.at(accepted.tick) if known is not None else None
        if message and at is not None and world.latest(accepted.tick, accepted.at) < at:
            yield Violation("S", message.key, f"was sent at {accepted.at}, scheduled for {at}")


def it_ends_as_chosen(campaign: Campaign, leads: Sequence[Lead]) -> Iterator[Violation]:
    """S: once all leads of a campaign have ended, it is completed, or waits for contacts if it ends
    by hand. None is left scheduled."""
    status, name = campaign.status, campaign.campaign_id
    has_ended = all(it.state in ENDED for it in leads)
    if status is CampaignStatus.SCHEDULED:
        yield Violation("S", name, f"is left scheduled for {campaign.launch_at}")
    if status is CampaignStatus.WAITING and campaign.ends is not Ending.BY_HAND:
        yield Violation("S", name, f"waits, though it ends {campaign.ends}")
    if status is CampaignStatus.WAITING and not has_ended:
        yield Violation("S", name, "waits for contacts, but has leads")
    if status is CampaignStatus.COMPLETED and campaign.ends is Ending.BY_HAND:
        yield Violation("S", name, "is completed, and nobody ended it")
