"""What people do: set up campaigns, read their mail, and change their minds at the worst time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.lead import State
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.import_policy import ImportPolicy, Known
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns import edit, lifecycle
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.import_into_campaign import begin_upload
from functions.service.campaigns.publish import publish as publish_draft
from functions.service.errors import CallerError
from functions.service.leads.intervene import move_lead, retry_lead, skip_wait
from functions.service.leads.publish_and_move import Move, move_leads, publish_and_move
from functions.service.leads.remove_lead import remove_lead
from functions.service.leads.retry_failed_leads import retry_failed_leads
from functions.service.sending.records import MessageState
from functions.service.sending.resolve_unknown import Resolution, resolve_unknown
from functions.service.services import WorkspaceServices
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_tracking_event,
)
from harness.simulation import flows, timings
from harness.simulation.cast import Cast
from harness.simulation.returns import plan_return
from harness.simulation.timings import Schedules
from harness.simulation.world import Chance, World, message_id_of

READER = Reader("simulated", "192.0.2.1")
MOVES_PER_DEED = 0.3
JUMPS_SECONDS = (1, 13, 31, 300, 7_200, 86_400, 30 * 86_400, 366 * 86_400)
STEPS_BACK_SECONDS = (-0.1, -2, -300)


@dataclass
class Wanted:
    """What people requested for one campaign and the API acknowledged; the invariants compare it
    with the store. `uploads`: rows by import job.
    """

    addresses: set[str] = field(default_factory=set)
    uploads: dict[str, int] = field(default_factory=dict)
    is_launched: bool = False
    schedules: Schedules = field(default_factory=Schedules)
    is_deleted: bool = False
    """Somebody requested it; it may have been refused."""


async def set_up(cast: Cast, name: str, wanted: Wanted) -> None:
    """Create, import, launch; each step is repeated until it is answered."""
    chance = cast.world.chance
    kind = chance.choice([*flows.WRITTEN, None, None, None])
    flow = flows.grown(cast.world) if kind is None else kind()
    count = chance.randint(cast.world.shape.contacts_min, cast.world.shape.contacts_max)

    lateness_max_seconds = chance.choice([None, None, None, 3600])

    async def create(services: WorkspaceServices) -> None:
        await edit.create_campaign(
            services,
            name=name,
            campaign_id=name,
            flow=flow,
            lateness_max_seconds=lateness_max_seconds,
        )

    await _until_done(cast, f"create {name}", create)
    await _until_done(cast, f"import to {name}", _importing(cast, name, wanted, 0, count))

    async def launch(services: WorkspaceServices) -> None:
        await timings.launch(services, cast, name, wanted.schedules)
        wanted.is_launched = True

    await _until_done(cast, f"launch {name}", launch)


async def _until_done(
    cast: Cast, what: str, act: Callable[[WorkspaceServices], Awaitable[None]]
) -> None:
    while True:
        refused = False

        async def once(services: WorkspaceServices) -> None:
            nonlocal refused
            try:
                await act(services)
            except CallerError:
                refused = True
                raise

        if await cast.ask(what, once) or refused:
            return
        await asyncio.sleep(cast.world.chance.uniform(0.5, 5))


def _importing(
    cast: Cast, name: str, wanted: Wanted, first: int, count: int
) -> Callable[[WorkspaceServices], Awaitable[None]]:
    """Contacts from `first` on, with some rows duplicate and some invalid. Campaigns share
    addresses.
    """
    chance = cast.world.chance
    rows: list[Row | RejectedRow] = [
        Row(number + 2, f"P{first + number}@example.org", flows.attributes(cast.world))
        for number in range(count)
    ]
    addresses = {f"p{first + number}@example.org" for number in range(count)}
    for _ in range(chance.randrange(3)):
        again = chance.randrange(count)
        rows.append(Row(len(rows) + 2, f"p{first + again}@EXAMPLE.org", {}))
    rows.append(RejectedRow(len(rows) + 2, "bad_address", "no address", "nobody"))

    async def act(services: WorkspaceServices) -> None:
        upload = await begin_upload(services, name, ImportPolicy(known=Known.UPDATE))
        await upload.add(rows)
        job = await upload.finish()
        wanted.uploads[job.job_id] = len(rows)
        wanted.addresses |= addresses

    return act


# Readers.


async def readers(cast: Cast) -> None:
    """Open and click mail: at once, around the deadline, late, twice, or never."""
    world, chance, seen = cast.world, cast.world.chance, 0
    while True:
        await world.mail.wait()
        world.mail.clear()
        fresh, seen = world.ledger[seen:], len(world.ledger)
        for accepted in fresh:
            if cast.throttle is not None and cast.throttle.relay is not None:
                plan_return(cast, accepted.message_id)
            if chance.random() < 0.6:
                delay = chance.choice([0.0, 0.3, 4.9, 8.0, 9.0, 39.9, 59.5, 601.0, 86_400.0])
                task = asyncio.create_task(_read(cast, accepted.message_id, delay))
                cast.planned[task] = asyncio.get_running_loop().time() + delay


async def _read(cast: Cast, message_id: str, delay_seconds: float) -> None:
    world, chance = cast.world, cast.world.chance
    await asyncio.sleep(delay_seconds)
    found = [key for key in world.marks if message_id_of(key) == message_id]
    if not found:
        return
    lead_id, node_id, visit, resend_number = found[0].split("/")
    campaign_id = lead_id.removeprefix("lead_").rsplit("_", 2)[0]
    # A reader who gets the same e-mail for the third time clicks, or does not, so that a loop ends.
    is_weary = int(visit) > 2
    for _ in range(1 if is_weary else chance.choice([1, 1, 2])):
        kind = (
            TrackingEventKind.OPENED
            if chance.random() < 0.3 and not is_weary
            else TrackingEventKind.CLICKED
        )
        link = _clicked_link(chance, is_weary) if kind is TrackingEventKind.CLICKED else None

        async def act(
            services: WorkspaceServices, kind: TrackingEventKind = kind, link: str | None = link
        ) -> None:
            at = await services.store.now()
            tracking_event = TrackingEvent(kind, node_id, int(visit), at, link, link)
            stored = await store_tracking_event(
                services, campaign_id, lead_id, int(resend_number), tracking_event, READER
            )
            if stored is not None:
                await settle_tracking_events(services, [stored])

        await cast.ask(f"{kind} {found[0]}", act)
    if chance.random() < 0.03:
        await cast.ask("unsubscribe", _unsubscribing(cast, campaign_id, lead_id))


def _clicked_link(chance: Chance, is_weary: bool) -> str:
    return flows.LINK if is_weary or chance.random() < 0.5 else flows.OTHER_LINK


def _unsubscribing(
    cast: Cast, campaign_id: str, lead_id: str
) -> Callable[[WorkspaceServices], Awaitable[None]]:
    async def act(services: WorkspaceServices) -> None:
        found = await services.store.leads.find([lead_id])
        if found:
            email = found[0].lead.email
            await suppress(services, email, SuppressionReason.UNSUBSCRIBED, campaign_id)
            cast.world.ack("unsubscribe", email.lower())

    return act


# Operators.


async def operators(cast: Cast, wanted: dict[str, Wanted], pause_seconds: float) -> None:
    chance = cast.world.chance
    while not cast.is_calm:
        await asyncio.sleep(chance.uniform(0, 2 * pause_seconds))
        name = chance.choice(cast.names)
        deed = chance.choice(DEEDS)
        await deed(cast, name, wanted[name])
        if cast.world.moves.random() < cast.world.move_share * MOVES_PER_DEED:
            await publish(cast, name, wanted[name])


async def pause(cast: Cast, name: str, wanted: Wanted) -> None:
    async def act(services: WorkspaceServices) -> None:
        await lifecycle.pause(services, name)
        cast.world.ack("pause", name)

    await cast.ask(f"pause {name}", act)


async def resume(cast: Cast, name: str, wanted: Wanted) -> None:
    async def act(services: WorkspaceServices) -> None:
        # Requested: from here on, leads may go on.
        cast.world.ack("resume", name)
        await lifecycle.resume(services, name)

    await cast.ask(f"resume {name}", act)


async def cancel(cast: Cast, name: str, wanted: Wanted) -> None:
    if cast.world.chance.random() < 0.8:
        return

    async def act(services: WorkspaceServices) -> None:
        await lifecycle.cancel(services, name)
        cast.world.ack("cancel", name)

    await cast.ask(f"cancel {name}", act)


async def delete(cast: Cast, name: str, wanted: Wanted) -> None:
    """Refused while the campaign runs."""

    async def act(services: WorkspaceServices) -> None:
        wanted.is_deleted = True
        await lifecycle.delete(services, name)
        cast.world.log(f"delete {name}")

    if cast.world.chance.random() < 0.3:
        await cast.ask(f"delete {name}", act)


async def unsubscribe(cast: Cast, name: str, wanted: Wanted) -> None:
    email = f"P{cast.world.chance.randrange(8)}@example.org"

    async def act(services: WorkspaceServices) -> None:
        await suppress(services, email, SuppressionReason.UNSUBSCRIBED, name)
        cast.world.ack("unsubscribe", email.lower())

    await cast.ask(f"unsubscribe {email}", act)


async def remove(cast: Cast, name: str, wanted: Wanted) -> None:
    async def act(services: WorkspaceServices) -> None:
        found = await services.store.leads.page(name, after_seq=0, limit=100)
        if found:
            lead = cast.world.chance.choice(found).lead
            cast.world.log(f"remove {lead.lead_id}")
            await remove_lead(services, name, lead.lead_id, "by hand")

    await cast.ask(f"remove from {name}", act)


async def intervene(cast: Cast, name: str, wanted: Wanted) -> None:
    """End a wait, move a lead, or retry it; an intervention that does not apply is refused.
    Sometimes it is requested twice with the same revision.
    """
    chance = cast.world.chance
    verb = chance.choice(["skip", "move", "move", "retry", "retry"])
    times = chance.choice([1, 1, 2])

    async def act(services: WorkspaceServices) -> None:
        found = await services.store.leads.page(name, after_seq=0, limit=100)
        fitting = [it.lead for it in found if it.lead.state in _FITTING[verb]]
        if not fitting:
            return
        lead = chance.choice(fitting)
        loaded = await services.flows.load(lead)
        target = chance.choice(loaded.executor.flow.nodes).id
        cast.world.log(f"{verb} {lead.lead_id} ({lead.state}), {times} times")
        for _ in range(times):
            match verb:
                case "skip":
                    await skip_wait(services, name, lead.lead_id, lead.revision, "by hand")
                case "move":
                    await move_lead(services, name, lead.lead_id, target, lead.revision)
                case _:
                    await retry_lead(services, name, lead.lead_id, lead.revision)

    await cast.ask(f"{verb} in {name}", act)


async def retry_together(cast: Cast, name: str, wanted: Wanted) -> None:
    """Retry all failed leads. Sometimes the request comes twice."""
    request = str(cast.world.chance.randrange(10**9))
    times = cast.world.chance.choice([1, 1, 2])

    async def act(services: WorkspaceServices) -> None:
        cast.world.log(f"retry failed leads of {name}, {times} times")
        for _ in range(times):
            await retry_failed_leads(services, name, request, [])

    await cast.ask(f"retry failed leads of {name}", act)


_FITTING = {
    "skip": (State.WAITING, State.WATCHING),
    "move": (State.PENDING, State.WAITING, State.WATCHING, State.DEFERRED, State.FAILED),
    "retry": (State.FAILED,),
}


async def resolve(cast: Cast, name: str, wanted: Wanted) -> None:
    """Decide on one unknown message, whether or not its lead is parked yet."""
    resolution = cast.world.chance.choice(list(Resolution))

    async def act(services: WorkspaceServices) -> None:
        unknown = await services.store.messages.page(
            name, after_key="", limit=50, state=MessageState.UNKNOWN
        )
        if unknown:
            key = cast.world.chance.choice(unknown).key
            cast.world.log(f"decide {key}: {resolution}")
            await resolve_unknown(services, name, key, resolution)

    await cast.ask(f"resolve in {name}", act)


async def publish(cast: Cast, name: str, wanted: Wanted) -> None:
    """Another flow for later leads; in some worlds, those on their way are moved to it, or a little
    later."""
    flow = flows.grown(cast.world)
    moves = cast.world.moves
    request = str(moves.randrange(10**9))
    is_move, is_later = moves.random() < cast.world.move_share, moves.random() < 0.3
    is_renamed = is_move and moves.random() < 0.6

    async def act(services: WorkspaceServices) -> None:
        if not is_move:
            await edit.replace_draft(services, name, flow, None)
            await publish_draft(services, name)
            return
        campaign = await find_campaign(services, name)
        wanted_flow = flows.renamed(cast.world, campaign.draft) if is_renamed else flow
        await edit.replace_draft(services, name, wanted_flow, None)
        move = _some_move(cast.world, campaign.draft, wanted_flow)
        cast.world.log(f"publish {name} and move: {move}")
        if not is_later:
            await publish_and_move(services, name, request, move)
            return
        await publish_draft(services, name)
        await move_leads(services, name, request, move)

    await cast.ask(f"publish {name}", act)


def _some_move(world: World, before: Mapping[str, object], flow: flows.Document) -> Move:
    """What happens to leads on steps that may be gone: they end, go elsewhere, or stay."""
    emails = _ids(flow, "sendEmail")
    targets = [None, *_ids(flow), *emails, *emails]
    gone = [it for it in _ids(before) if world.moves.random() < 0.8]
    steps = {it: world.moves.choice(targets) for it in gone}
    return Move(steps, waits_anew=world.moves.random() < 0.4)


def _ids(flow: Mapping[str, object], kind: str | None = None) -> list[str]:
    nodes = flow["nodes"]
    assert isinstance(nodes, list)
    return [str(it["id"]) for it in nodes if kind in (None, it["type"])]


async def import_more(cast: Cast, name: str, wanted: Wanted) -> None:
    first = cast.world.chance.randrange(20)
    await cast.ask(f"import more to {name}", _importing(cast, name, wanted, first, 3))


async def jump(cast: Cast, name: str, wanted: Wanted) -> None:
    seconds = cast.world.chance.choice(JUMPS_SECONDS)
    cast.world.jump(timedelta(seconds=seconds))


async def step_back(cast: Cast, name: str, wanted: Wanted) -> None:
    seconds = cast.world.chance.choice(STEPS_BACK_SECONDS)
    cast.world.jump(timedelta(seconds=seconds))


async def wipe(cast: Cast, name: str, wanted: Wanted) -> None:
    cast.broker.wipe()


async def poison(cast: Cast, name: str, wanted: Wanted) -> None:
    """Deliveries that are not jobs, or that name something that does not exist."""
    bodies: list[object] = [
        "{not a job",
        {"lead_id": f"lead_{name}_99_1", "campaign_id": name, "node_id": "a"},
        {"lead_id": f"lead_{name}_99_1", "campaign_id": "nowhere"},
        [],
    ]
    body = cast.world.chance.choice(bodies)
    queue = cast.world.chance.choice(["send", "resume"])
    cast.broker.put(queue, body if isinstance(body, str) else json.dumps(body))


async def hurry(cast: Cast, name: str, wanted: Wanted) -> None:
    """Jobs of older senders, without a fence, and jobs that come too early."""
    found = await cast.store.leads.page(name, after_seq=0, limit=100)
    for stored in cast.world.chance.sample(found, min(len(found), 3)):
        lead = stored.lead
        body: dict[str, object] = {"lead_id": lead.lead_id, "campaign_id": name}
        if cast.world.chance.random() < 0.5 and lead.current_node is not None:
            body |= {"node_id": lead.current_node, "visit": lead.visit}
        queue = "send" if lead.state is State.SENDING else "resume"
        cast.broker.put(
            queue,
            json.dumps({"node_id": lead.current_node or "a", **body} if queue == "send" else body),
        )


DEEDS = (
    pause,
    resume,
    resume,
    resume,
    cancel,
    delete,
    unsubscribe,
    remove,
    intervene,
    intervene,
    intervene,
    retry_together,
    resolve,
    resolve,
    resolve,
    publish,
    import_more,
    jump,
    step_back,
    wipe,
    poison,
    hurry,
    hurry,
)
