"""The state of the system, in a fake world: a part that is down does not hide or delay the rest."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from functions.flow.outcome import Concern, Deferred, Rejected
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations import doctor as health
from functions.service.operations import look_at_system as looking
from functions.service.operations.doctor import Doctor, Probe, kept
from functions.service.operations.look_at_system import lateness_of, look_at_system
from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.probes import (
    broker_probe,
    limits_check,
    mail_probe,
    queues_probe,
    sender_check,
    sender_probe,
    store_probe,
    sweep_probe,
)
from functions.service.operations.records import (
    CheckState,
    Diagnosis,
    Lateness,
    QueueDepth,
    Swept,
    SystemCheck,
)
from functions.service.reports.records import Counts
from functions.service.sending.breaker import Breaker
from functions.service.sending.connections import Connections
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.throughput import Throughput
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import in_world
from harness.fakes.world import FakeWorld
from harness.patience import patience
from tests.diagnoses import valid

OK, WARNING, FAILED = CheckState.OK, CheckState.WARNING, CheckState.FAILED


@dataclass
class Depths:
    """Queues with the depths that a test sets."""

    queues: Sequence[QueueDepth] = (
        QueueDepth(name="sends", waiting=3, in_flight=1),
        QueueDepth(name="resumes", waiting=0),
    )
    dead_letters: int = 0
    problem: Exception | None = None
    is_silent: bool = False
    closed: list[bool] = field(default_factory=list)

    async def read(self) -> list[QueueDepth]:
        if self.is_silent:
            await asyncio.Event().wait()
        if self.problem is not None:
            raise self.problem
        dead = QueueDepth(
            name="dead", waiting=self.dead_letters, in_flight=1, holds_dead_letters=True
        )
        return [*self.queues, *([dead] if self.dead_letters else [replace(dead, in_flight=0)])]

    async def close(self) -> None:
        self.closed.append(True)


def probes_of(
    world: FakeWorld,
    depths: Depths | None = None,
    swept: Callable[[], Swept | None] | None = None,
) -> list[Probe]:
    """The probes that the wirings of cloud and local system list."""
    sweep_seconds = world.made.policy.sweep_seconds
    return [
        store_probe(world.store),
        broker_probe(world.dispatcher) if depths is None else queues_probe(depths),
        mail_probe(world.transport),
        sender_probe(world.transport, world.made.policy),
        *([] if swept is None else [sweep_probe(world.store, swept, sweep_seconds)]),
    ]


async def looked(world: FakeWorld, doctor: Doctor) -> tuple[Diagnosis, dict[str, SystemCheck]]:
    world.made = replace(world.made, doctor=doctor)
    report = await look_at_system(world.made)
    return report.diagnosis, valid(report.diagnosis)


def others(checks: dict[str, SystemCheck], *broken: str) -> set[CheckState]:
    return {it.state for name, it in checks.items() if name not in broken}


@in_world
async def test_all_is_well(world: FakeWorld) -> None:
    """Known values are reported; values that cannot be known are None."""

    async def functions() -> Diagnosis:
        return Diagnosis(
            checks=[SystemCheck(name="functions", state=OK, message="They take jobs.")]
        )

    links = {"metrics": "https://x.example/metrics"}
    swept = Swept(BEGINNING)
    probes = [*probes_of(world, Depths(), lambda: swept), functions]
    doctor = Doctor(probes, links=links)
    diagnosis, checks = await looked(world, doctor)
    assert list(checks) == [
        "store",
        "broker",
        "dead letters",
        "mail",
        "sender",
        "sweep",
        "functions",
    ]
    assert others(checks) == {OK}
    assert (diagnosis.queues or [])[:2] == [
        QueueDepth(name="sends", waiting=3, in_flight=1),
        QueueDepth(name="resumes", waiting=0),
    ]
    assert (diagnosis.dead_letters, diagnosis.swept, diagnosis.workers) == (0, swept, None)
    assert diagnosis.links == links


@in_world
async def test_values_unknown_to_the_wiring_are_left_out(world: FakeWorld) -> None:
    """Neither queues nor sweeps; the broker is still checked."""
    diagnosis, checks = await looked(world, Doctor(probes_of(world)))
    assert list(checks) == ["store", "broker", "mail", "sender"]
    assert (diagnosis.queues, diagnosis.dead_letters, diagnosis.swept) == (None, None, None)
    world.dispatcher.is_away = True
    _, checks = await looked(world, Doctor(probes_of(world)))
    assert (checks["broker"].state, others(checks, "broker")) == (FAILED, {OK})


@in_world
async def test_each_neighbour_fails_by_itself(world: FakeWorld) -> None:
    """Named by the type of its error, because the text may contain a password."""
    away = Depths(problem=BrokerAwayError("amqp://ann:canary@broker"))
    _, checks = await looked(world, Doctor(probes_of(world, away)))
    assert checks["broker"].message == "Does not answer (BrokerAwayError)."
    assert others(checks, "broker") == {OK}
    world.transport.is_away = True
    _, checks = await looked(world, Doctor(probes_of(world, Depths())))
    assert (checks["mail"].state, others(checks, "mail")) == (FAILED, {OK})
    await world.store.close()
    _, checks = await looked(world, Doctor(probes_of(world, Depths(), lambda: Swept(BEGINNING))))
    assert (checks["store"].state, others(checks, "store", "mail")) == (FAILED, {OK})
    report = await look_at_system(world.made)
    assert (report.overdue_seconds, report.lateness, report.sending_account) == (None, None, None)


@in_world
async def test_dead_letters_are_a_warning(world: FakeWorld) -> None:
    """Including those that somebody is looking at right now."""
    diagnosis, checks = await looked(world, Doctor(probes_of(world, Depths(dead_letters=2))))
    assert diagnosis.dead_letters == 3
    assert (checks["dead letters"].state, checks["dead letters"].message) == (
        WARNING,
        "3 jobs failed for good.",
    )


@pytest.mark.parametrize(
    ("seconds_ago", "state"), [(None, WARNING), (0, OK), (4.9, OK), (5.1, WARNING), (-9, OK)]
)
@in_world
async def test_sweep_that_has_stopped(
    world: FakeWorld, seconds_ago: float | None, state: CheckState
) -> None:
    """Or has never been."""
    swept = None if seconds_ago is None else Swept(BEGINNING - timedelta(seconds=seconds_ago))
    _, checks = await looked(world, Doctor(probes_of(world, swept=lambda: swept)))
    assert (checks["sweep"].state, others(checks, "sweep")) == (state, {OK})


@in_world
async def test_period_of_the_sweep_counts(world: FakeWorld) -> None:
    """Once a minute is not late after a hundred seconds."""
    world.made = replace(world.made, policy=replace(world.made.policy, sweep_seconds=60))
    swept = Swept(BEGINNING - timedelta(seconds=100))
    _, checks = await looked(world, Doctor(probes_of(world, swept=lambda: swept)))
    assert checks["sweep"].state is OK


async def silent_probe() -> Diagnosis:
    await asyncio.Event().wait()
    return Diagnosis(checks=())


async def broken_probe() -> Diagnosis:
    raise RuntimeError("amqp://ann:canary@broker")


@in_world
async def test_no_neighbour_is_waited_for_for_ever(world: FakeWorld) -> None:
    """Neither for a queue, nor a store, nor the doctor itself; all at the same time."""

    async def silence() -> None:
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "LOOK_SECONDS_MAX", 0.05)
        patch.setattr(looking, "LOOK_SECONDS_MAX", 0.2)
        world.transport.ping = silence  # type: ignore[method-assign]
        async with asyncio.timeout(patience(20)):
            _, checks = await looked(world, Doctor(probes_of(world, Depths(is_silent=True))))
            assert checks["broker"].message == "No answer within 0.05 s."
            assert {name for name, it in checks.items() if it.state is FAILED} == {"broker", "mail"}
            world.made = replace(world.made, doctor=Doctor([silent_probe]))
            report = await look_at_system(world.made)
    assert [it.name for it in report.diagnosis.checks] == ["doctor"]
    assert report.at == BEGINNING


@in_world
async def test_doctor_that_breaks_is_a_check(world: FakeWorld) -> None:
    """Without the text of the error."""
    world.made = replace(world.made, doctor=Doctor([broken_probe]))
    (check,) = (await look_at_system(world.made)).diagnosis.checks
    assert (check.state, check.message) == (FAILED, "The checks could not be run (RuntimeError).")


def counts(**late: int) -> Counts:
    return Counts(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="c",
        values={f"late/{it.lstrip('_')}": value for it, value in late.items()},
    )


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([], None),
        (
            [Counts(workspace_id=DEFAULT_WORKSPACE, campaign_id="c", values={"leads/running": 5})],
            None,
        ),
        ([counts(_50=1)], Lateness(1, 50, 50)),
        ([counts(_50=50, _1000=50)], Lateness(100, 50, 1000)),
        ([counts(_50=49), counts(_1000=51)], Lateness(100, 1000, 1000)),
        ([counts(_100=99, _60000=1)], Lateness(100, 100, 100)),
        ([counts(_100=98, _60000=2)], Lateness(100, 100, 60000)),
        ([counts(_50=1, inf=9)], Lateness(10, None, None)),
    ],
)
def test_half_and_all_but_one_in_a_hundred(given: list[Counts], wanted: Lateness | None) -> None:
    """By the bounds of buckets; beyond the largest, the value is unknown."""
    assert lateness_of(given) == wanted


@in_world
async def test_doctor_releases_its_resources(world: FakeWorld) -> None:
    """Its own threads and clients."""
    depths = Depths()
    await Doctor(close_probes=depths.close).close()
    await Doctor().close()
    assert depths.closed == [True]


@pytest.mark.parametrize(
    ("command", "refusal", "state", "message"),
    [
        (
            "RCPT",
            Rejected(554, "5.7.1 Relay denied", concern=Concern.SENDING_ACCOUNT),
            FAILED,
            "The mail server refuses RCPT: 554 5.7.1 Relay denied.",
        ),
        (
            "MAIL",
            Deferred(451, "4.7.1 slow down", concern=Concern.RATE),
            WARNING,
            "The mail server refuses MAIL: 451 4.7.1 slow down.",
        ),
        (
            "RSET",
            Deferred(421, "4.3.2 closing", concern=Concern.CONNECTION),
            WARNING,
            "The mail server refuses RSET: 421 4.3.2 closing.",
        ),
        (
            "RCPT",
            Rejected(550, "5.1.1 nobody there", concern=Concern.RECIPIENT),
            OK,
            "The mail server takes mail from us@example.com.",
        ),
    ],
)
def test_mail_server_that_refuses_us(
    command: str, refusal: Deferred | Rejected, state: CheckState, message: str
) -> None:
    """The command and the server's answer are shown; what it says about a recipient is not ours."""
    found = sender_check("us@example.com", (command, refusal))
    assert (found.state, found.message) == (state, message)
    assert bool(found.remedy) == (state is not OK)


@in_world
async def test_nothing_is_sent_to_find_out_whether_mail_is_taken(world: FakeWorld) -> None:
    """Mail returns to the bounce domain, if there is one; a server that is away is another check's
    affair; the answer is kept for a while."""
    policy = replace(world.made.policy, bounce_domain="")
    probe = kept(sender_probe(world.transport, policy), 60)
    assert [it.state for it in (await probe()).checks] == [OK]
    await probe()
    assert world.transport.tried == [(policy.from_email, "postmaster@example.com")]
    bouncing = replace(policy, bounce_domain="bounces.example.com")
    await sender_probe(world.transport, bouncing)()
    assert world.transport.tried[-1][0] == "postmaster@bounces.example.com"
    assert world.transport.sent == []


def test_found_limits_are_shown_in_plain_sentences() -> None:
    """With the mail server's reason, and until when mail waits; nothing if there are none."""
    calm = SendingAccount("mail", Breaker(), {})
    assert limits_check(calm) is None
    throughput = Throughput("450 too much mail", BEGINNING, None, window=100, period_ms=60_000)
    connections = Connections(limit=3, reason="421 too many connections")
    found = limits_check(replace(calm, throughput=throughput, connections=connections))
    assert found is not None
    assert found.state is OK
    assert found.message == (
        "The mail server takes about 100 messages in 60 s (450 too much mail). It takes 3 "
        "connections at a time, which all workers share (421 too many connections)."
    )
    held = Throughput("450 too much mail", BEGINNING, BEGINNING)
    found = limits_check(replace(calm, throughput=held))
    assert found is not None
    assert found.message == (
        "The mail server takes mail more slowly (450 too much mail); how slowly is being found "
        f"out. Mail waits until {BEGINNING:%H:%M:%S} UTC."
    )
