"""The observer receives what happened, once per batch, including what the store reports."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import pytest

from functions.flow.outcome import Concern, Deferred, Outcome, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.jobs.records import ResumeJob, SendJob
from functions.service.schedule.consume import Delivery, deliver_resumes, deliver_sends
from functions.service.schedule.run_jobs import run_jobs
from harness.fakes.scenes import Document, email, flow, in_world, wait
from harness.fakes.world import FakeWorld


class Listener:
    """Records what it receives."""

    def __init__(self) -> None:
        self.jobs: Counter[tuple[str, str]] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.lateness_seconds: list[float] = []
        self.windows: list[tuple[int, int]] = []
        self.overdue_seconds: list[float] = []

    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None:
        assert seconds >= 0
        self.jobs.update({(queue, outcome): count for outcome, count in jobs.items()})

    def messages(self, outcomes: Mapping[str, int]) -> None:
        self.outcomes.update(outcomes)

    def resumed(self, lateness_seconds: Sequence[float]) -> None:
        self.lateness_seconds += lateness_seconds

    def window(self, in_flight: int, most: int) -> None:
        self.windows.append((in_flight, most))

    def overdue(self, seconds: float) -> None:
        self.overdue_seconds.append(seconds)

    def paused(self) -> None:
        raise AssertionError("no mail came back")


async def launched(world: FakeWorld, drawn: Document, addresses: Sequence[str]) -> Listener:
    """Launches up to the jobs of its leads; observes from the sweep that dispatches them."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=drawn)
    upload = Upload(world.made, "c")
    await upload.add([Row(line, it, {}) for line, it in enumerate(addresses, 2)])
    await upload.finish()
    await launch(world.made, "c")
    while not await world.store.leads.page("c", after_seq=0, limit=1):
        await run_jobs(world.made)
    listener = Listener()
    world.made = replace(world.made, observer=listener)
    await world.sweep()
    return listener


def taken(world: FakeWorld, kind: type[SendJob] | type[ResumeJob]) -> list[Delivery]:
    """The waiting jobs of that kind, as a queue would deliver them."""
    jobs = [job for _, job in world.dispatcher.waiting if isinstance(job, kind)]
    world.dispatcher.waiting = [
        it for it in world.dispatcher.waiting if not isinstance(it[1], kind)
    ]
    return [Delivery(str(number), json.dumps(asdict(job))) for number, job in enumerate(jobs)]


@in_world
async def test_jobs_by_outcome(world: FakeWorld) -> None:
    """Done, failed themselves, and those of a batch that a store error ended."""
    people = [f"p{number}@example.com" for number in range(3)]
    listener = await launched(world, flow([wait("w", 5), email("mail")], "w>mail"), people)
    world.clock.advance(5)
    await world.sweep()
    garbage = Delivery("garbage", "{")
    assert await deliver_resumes(world.made, [*taken(world, ResumeJob), garbage]) == {"garbage"}
    sends = taken(world, SendJob)
    find = world.store.leads.find

    async def away(_: Sequence[str]) -> list[object]:
        raise ConnectionError("the store is away")

    world.store.leads.find = away  # type: ignore
    with pytest.raises(ConnectionError):
        await deliver_sends(world.made, sends)
    world.store.leads.find = find  # type: ignore[method-assign]
    assert await deliver_sends(world.made, sends) == frozenset()
    assert +listener.jobs == {
        ("sweep", "done"): 2,
        ("resume_lead", "done"): 3,
        ("resume_lead", "failed"): 1,
        ("send_email", "again"): 3,
        ("send_email", "done"): 3,
    }
    assert listener.outcomes == {"sent": 3}
    assert listener.windows == [(0, 200), (0, 200), (3, 200)]
    world.store.tracking_events.unsettled = away  # type: ignore
    with pytest.raises(ExceptionGroup):
        await world.sweep()
    assert listener.jobs["sweep", "failed"] == 1


@in_world
async def test_messages_by_outcome(world: FakeWorld) -> None:
    """Each once: a message that ended earlier was reported then."""
    answers: dict[str, Outcome] = {
        "sent": Sent(),
        "rejected": Rejected(550, "no"),
        "deferred": Deferred(0, "lost at RCPT", concern=Concern.CONNECTION),
        "unknown": Unknown("gone"),
    }

    async def script(envelope: Envelope) -> Outcome:
        return answers[envelope.rcpt_to.partition("@")[0]]

    world.transport.script = script
    await suppress(world.made, "suppressed@example.com", SuppressionReason.UNSUBSCRIBED)
    people = [f"{name}@example.com" for name in (*answers, "suppressed")]
    listener = await launched(world, flow([email("mail")]), people)
    await world.dispatcher.pump(world.made)
    assert listener.outcomes == dict.fromkeys((*answers, "suppressed"), 1)
    await world.pass_time(50)
    assert listener.outcomes.pop("deferred") > 1
    assert listener.outcomes == dict.fromkeys(("sent", "rejected", "unknown", "suppressed"), 1)


@in_world
async def test_lateness_of_pauses(world: FakeWorld) -> None:
    """For pauses that ended, by the store's clock; a job that is early or repeated reports none."""
    listener = await launched(
        world, flow([wait("w", 60), email("mail")], "w>mail"), ["a@b.example"]
    )
    await world.dispatcher.pump(world.made)
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=9)
    job = ResumeJob(lead_id=stored.lead.lead_id, campaign_id="c", node_id="w", visit=1)
    again = [Delivery("1", json.dumps(asdict(job)))]
    world.clock.advance(59)
    await deliver_resumes(world.made, again)
    assert (listener.lateness_seconds, listener.overdue_seconds) == ([], [0.0])
    world.clock.advance(3.5)
    await world.sweep()
    assert listener.overdue_seconds[-1] == 0.0, "it was leased a moment ago"
    await deliver_resumes(world.made, again)
    await deliver_resumes(world.made, again)
    assert listener.lateness_seconds == [2.5]


@in_world
async def test_overdue_lead_is_reported(world: FakeWorld) -> None:
    """While the window is full, leads become late, and every sweep reports how late."""
    listener = await launched(world, flow([wait("w", 60)]), ["a@b.example", "c@d.example"])
    await world.dispatcher.pump(world.made)
    small = replace(world.made.policy, window_jobs_max=1)
    world.made = replace(world.made, policy=small)
    world.clock.advance(72)
    await world.sweep()
    assert listener.overdue_seconds[-1] == 12.0
