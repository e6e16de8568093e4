"""One contract for all stores of dead letters: RabbitMQ, SQS in moto, the fake."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest

from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from functions.service.operations.ports import BrokerAwayError, DeadLetters
from functions.service.operations.records import TEXT_BYTES_MAX, Cleared, JobNames
from harness.servers.rabbitmq import RabbitServer
from tests.adapters.dead_letter_scenes import FakeScene, RabbitScene, Scene, SqsScene

JOBS: list[Job] = [
    SendJob(lead_id=f"lead-{number}", campaign_id="c", node_id="email-1", visit=1, resend_number=1)
    for number in range(5)
]


@pytest.fixture(
    params=[
        pytest.param("rabbitmq", marks=[pytest.mark.servers]),
        "sqs",
        "fake",
    ]
)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    if request.param == "rabbitmq":
        server: RabbitServer = request.getfixturevalue("rabbit")
        name = f"{request.node.name}".replace("/", "-")
        yield RabbitScene(server.add_vhost(name))
        server.delete_vhost(name)
    else:
        yield SqsScene() if request.param == "sqs" else FakeScene()


def played(scenario: Callable[[Scene], Awaitable[None]]) -> Callable[[Scene], None]:
    """Runs an async test over a scene."""

    def test(scene: Scene) -> None:
        async def run() -> None:
            try:
                await scenario(scene)
            finally:
                for it in (scene.dead_letters, scene.other, scene.away):
                    await it.close()

        asyncio.run(run())

    test.__doc__ = scenario.__doc__
    return test


async def ids(dead_letters: DeadLetters) -> list[str]:
    page = await dead_letters.page(after=None, limit=100)
    assert (page.unseen, page.total) == (0, sum(it.copies for it in page.dead_letters))
    return [it.dead_letter_id for it in page.dead_letters]


@played
async def test_a_dead_letter_says_which_job_died_where_and_when(scene: Scene) -> None:
    """As far as its body and the broker tell."""
    began = datetime.fromtimestamp(time.time() - 2, UTC)
    await scene.kill(
        [
            SendJob(lead_id="l", campaign_id="c", node_id="n", visit=2, resend_number=1),
            ResumeJob(lead_id="l", campaign_id="c", node_id="w", visit=1),
            RunJob("j"),
        ]
    )
    page = await scene.dead_letters.page(after=None, limit=100)
    assert (page.total, page.unseen) == (3, 0)
    assert {it.kind: (it.source, it.names) for it in page.dead_letters} == {
        "send": (scene.sends, JobNames("l", "c", "n")),
        "resume": (scene.resumes, JobNames("l", "c", "w")),
        "run_job": (scene.resumes, JobNames(job_id="j")),
    }
    for it in page.dead_letters:
        assert it.reason in ("rejected", "delivery_limit")
        assert it.at is not None
        assert began <= it.at <= datetime.fromtimestamp(time.time() + 1, UTC)
        assert 0 < it.size_bytes < 200
        assert it.copies == 1


@played
async def test_looking_changes_nothing(scene: Scene) -> None:
    """Neither the letters nor their ids, whoever looks, however often."""
    await scene.kill(JOBS)
    first = await ids(scene.dead_letters)
    assert len(set(first)) == len(JOBS)
    for dead_letters in (scene.other, scene.dead_letters, scene.other):
        opened = await dead_letters.find(first[1])
        assert opened is not None
        assert opened.dead_letter.dead_letter_id == first[1]
        assert await ids(dead_letters) == first
    assert await scene.take(scene.sends) == []


@played
async def test_pages_show_each_dead_letter_once(scene: Scene) -> None:
    """In one order, whatever the size of the page; a cursor outlives its letter."""
    await scene.kill(JOBS)
    seen: list[str] = []
    after = None
    while True:
        page = await scene.dead_letters.page(after=after, limit=2)
        assert page.total == len(JOBS) - (len(seen) > 2)
        if not page.dead_letters:
            break
        seen += [it.dead_letter_id for it in page.dead_letters]
        after = page.dead_letters[-1].place
        if len(seen) == 2:
            whole = await ids(scene.dead_letters)
        else:
            continue
        # The cursor's own letter is dropped; the next page still begins after it.
        await scene.other.drop(frozenset(seen[-1:]))
        seen.append("dropped")
    assert [it for it in seen if it != "dropped"] == whole


@played
async def test_a_dead_letter_opens_to_its_body(scene: Scene) -> None:
    """An unknown one is None."""
    await scene.kill(JOBS[:1])
    (dead_letter_id,) = await ids(scene.dead_letters)
    opened = await scene.dead_letters.find(dead_letter_id)
    assert opened is not None
    assert scene.names(opened.text.encode()) == JobNames("lead-0", "c", "email-1")
    assert not opened.is_cut
    assert await scene.dead_letters.find("nobody") is None


@played
async def test_garbage_is_shown_safely_and_in_part(scene: Scene) -> None:
    """It cannot control a terminal or a page, and it names nothing."""
    await scene.kill_garbage("\u202eolleh " + "x" * 10_000)
    (dead_letter,) = (await scene.dead_letters.page(after=None, limit=9)).dead_letters
    assert (dead_letter.kind, dead_letter.names) == (None, JobNames())
    assert dead_letter.size_bytes > 10_000
    opened = await scene.dead_letters.find(dead_letter.dead_letter_id)
    assert opened is not None
    assert opened.is_cut
    assert opened.text.startswith(r"\u202eolleh xxx")
    assert len(opened.text) <= TEXT_BYTES_MAX + 10
    assert "\u202e" not in opened.text


@played
async def test_requested_letters_go_back_to_their_queue(scene: Scene) -> None:
    """Unchanged; the others stay; missing ones are named."""
    await scene.kill([*JOBS, ResumeJob(lead_id="l", campaign_id="c", node_id="w", visit=1)])
    page = await scene.dead_letters.page(after=None, limit=100)
    chosen = {
        it.dead_letter_id: it for it in page.dead_letters if it.names.lead_id in ("lead-1", "l")
    }
    done = await scene.dead_letters.requeue(frozenset([*chosen, "nobody"]))
    assert done == Cleared(2, 4, missing=("nobody",))
    (send,) = await scene.take(scene.sends)
    (resume,) = await scene.take(scene.resumes)
    assert scene.names(send) == JobNames("lead-1", "c", "email-1")
    assert scene.names(resume) == JobNames("l", "c", "w")
    assert len(send) in [it.size_bytes for it in chosen.values()]
    assert not set(chosen) & set(await ids(scene.dead_letters))
    again = await scene.dead_letters.requeue(frozenset(chosen))
    assert (again.count, again.left, set(again.missing)) == (0, 4, set(chosen))


@played
async def test_all_go_back(scene: Scene) -> None:
    """Garbage too: a fixed worker may be able to handle it."""
    await scene.kill(JOBS)
    await scene.kill_garbage("not json")
    done = await scene.dead_letters.requeue(None)
    assert done == Cleared(6, 0)
    assert await ids(scene.dead_letters) == []
    assert len(await scene.take(scene.sends)) == 6
    assert (await scene.dead_letters.requeue(None)).count == 0


@played
async def test_dropped_letters_are_gone(scene: Scene) -> None:
    """Some, then all; nothing goes back."""
    await scene.kill(JOBS)
    first, second, *_ = await ids(scene.dead_letters)
    done = await scene.dead_letters.drop(frozenset([first, second, "nobody"]))
    assert done == Cleared(2, 3, missing=("nobody",))
    assert await scene.dead_letters.find(first) is None
    assert await scene.dead_letters.drop(None) == Cleared(3, 0)
    assert await scene.take(scene.sends) == []


@played
async def test_a_dead_letter_may_die_again(scene: Scene) -> None:
    """It is a letter as before, and goes back as before."""
    await scene.kill(JOBS[:1])
    for _ in range(3):
        assert (await scene.dead_letters.requeue(None)).count == 1
        await scene.die_again()
        (dead_letter,) = (await scene.dead_letters.page(after=None, limit=9)).dead_letters
        assert (dead_letter.names, dead_letter.source) == (
            JobNames("lead-0", "c", "email-1"),
            scene.sends,
        )
    assert (await scene.dead_letters.drop(frozenset([dead_letter.dead_letter_id]))).count == 1


@played
async def test_two_operators_at_once_do_everything_once(scene: Scene) -> None:
    """Each letter goes back through one of them; a third only looks."""
    jobs: list[Job] = [
        SendJob(lead_id=f"lead-{number}", campaign_id="c", node_id="n", visit=1, resend_number=1)
        for number in range(40)
    ]
    await scene.kill(jobs)
    one, two, _ = await asyncio.gather(
        scene.dead_letters.requeue(None),
        scene.other.requeue(None),
        scene.other.page(after=None, limit=100),
    )
    # An operator who came while another held letters may have to try again.
    rest = await scene.dead_letters.requeue(None)
    assert one.count + two.count + rest.count == len(jobs)
    back = [scene.names(it).lead_id for it in await scene.take(scene.sends)]
    assert sorted(filter(None, back)) == sorted(f"lead-{number}" for number in range(40))
    assert await ids(scene.other) == []


@played
async def test_a_broker_that_is_down_is_reported(scene: Scene) -> None:
    """By every call."""
    for call in (
        scene.away.page(after=None, limit=1),
        scene.away.find("x"),
        scene.away.requeue(None),
        scene.away.drop(frozenset(["x"])),
    ):
        with pytest.raises(BrokerAwayError):
            await call
