"""The speed bench at a tiny scale: it counts correctly; speed itself is not tested."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.speed import api, cloud, floor, imports, resume, stack
from bench.speed.campaign import ONE_EMAIL, address, finished_messages, rows
from bench.speed.conditions import conditions
from bench.speed.figures import Figure, of_runs, percentile
from bench.speed.run import CountError, bytes_each
from bench.speed.sink import PORTION_BYTES, Ledger
from bench.speed.stack import Servers

servers_needed = pytest.mark.servers
PEOPLE = 200


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as started:
        yield started


@servers_needed
def test_the_floor_sends_each_mail_once(servers: Servers) -> None:
    """As many messages as recipients, although contents repeat."""
    run = floor.measure(servers.sink, finished_messages(7), PEOPLE)
    assert run.ledger.recipients == {address(n).encode(): 1 for n in range(PEOPLE)}


@servers_needed
@pytest.mark.timeout(180)
def test_the_stack_sends_each_mail_once_and_as_many_bytes(servers: Servers) -> None:
    """The same message as the floor's, except for ids and dates."""
    run = stack.measure(servers, "sqlite", ONE_EMAIL, list(rows(PEOPLE)))
    assert run.ledger.recipients == {address(n).encode(): 1 for n in range(PEOPLE)}
    bare = floor.measure(servers.sink, finished_messages(PEOPLE), PEOPLE)
    size = pytest.approx(bytes_each(bare.ledger, PEOPLE), rel=0.01)
    assert bytes_each(run.ledger, PEOPLE) == size
    assert min(run.worker_mb, run.worker_cpu_seconds) > 0


@servers_needed
@pytest.mark.timeout(180)
def test_each_lead_resumes_once_and_not_early(servers: Servers) -> None:
    """The lateness of every lead is known, and none is negative."""
    resumed = resume.measure(servers, 50, within_seconds=1.0, head_start_seconds=3.0)
    assert len(resumed.late_ms) == 50
    assert min(resumed.late_ms) >= 0


@servers_needed
@pytest.mark.timeout(180)
def test_the_api_answers_whatever_is_asked(servers: Servers) -> None:
    """An unexpected answer would raise."""
    found = api.measure(servers.rabbit, servers.redis.uri, PEOPLE)
    assert {len(it) for it in found.values()} == {80}
    assert "event: a click that moves a lead" in found


@pytest.mark.timeout(180)
def test_the_emulated_cloud_reaches_everybody_once() -> None:
    """As counted by its inbox."""
    _, recipients = cloud.measure(20)
    assert sorted(recipients) == sorted(address(n) for n in range(20))


def test_every_row_of_a_file_becomes_a_contact() -> None:
    """Both our import and the driver get a speed; fewer contacts would raise."""
    assert min(imports.measure(300)) > 0


def captured(recipient: str, message: str = "Hi") -> bytes:
    """In smtp-sink's format; the first lines are its own."""
    return (
        b"X-Client-Addr: 127.0.0.1\nX-Client-Proto: ESMTP\nX-Helo-Args: here\n"
        b"X-Mail-Args: <ann@example.com> SIZE=9\nX-Rcpt-Args: <" + recipient.encode() + b">\n"
        b"Received: from here ([127.0.0.1])\n\tby smtp-sink (smtp-sink) with ESMTP id 1;\n"
        b"\tTue, 24 Nov 2026 14:00:38 +0000 (UTC)\nSubject: " + message.encode() + b"\n\n"
    )


@pytest.mark.parametrize("step", [1, 7, 100, 10_000])
def test_a_capture_is_counted_however_it_is_cut(tmp_path: Path, step: int) -> None:
    """Read while it is being written, at any point; the sink's own lines do not count as bytes."""
    text = b"".join(captured(f"r{n}@example.com") for n in range(20)) + captured("r3@example.com")
    ledger = Ledger(tmp_path)
    for start in range(0, len(text), step):
        with ledger.path.open("ab") as file:
            file.write(text[start : start + step])
        ledger.read_on()
    assert (ledger.messages, len(ledger.recipients)) == (21, 20)
    assert ledger.recipients[b"r3@example.com"] == 2
    assert ledger.bytes_all == 21 * len(b"Subject: Hi\n\n")


def test_a_large_capture_is_removed_in_portions(tmp_path: Path) -> None:
    """Portions that were read are removed; a message that ends in an old portion still counts."""
    ledger = Ledger(tmp_path)
    ledger.path.write_bytes(captured("r0@example.com", "x" * PORTION_BYTES))
    with ledger.path.open("ab") as late:
        assert ledger.read_on() == 1
        late.write(captured("r1@example.com"))
    for number in (2, 3):
        with ledger.path.open("ab") as file:
            file.write(captured(f"r{number}@example.com", "x" * PORTION_BYTES))
        ledger.read_on()
    assert ledger.messages == 4
    assert len(list(tmp_path.iterdir())) == 2


def test_a_mail_twice_is_no_figure(tmp_path: Path) -> None:
    """The right number of messages is not enough: no lead may have two or none."""
    ledger = Ledger(tmp_path)
    ledger.path.write_bytes(captured("r0@example.com") * 2)
    ledger.read_on()
    with pytest.raises(CountError, match="2 messages to 1 of them"):
        bytes_each(ledger, 2)


def test_conditions_tell_what_was_measured_and_no_secret() -> None:
    """They stand above every table of figures."""
    told = conditions()
    assert "journal_mode=wal" in told["sqlite"]
    assert "window_jobs_max=" in told["settings"]
    assert "not-a-secret" not in " ".join(told.values())


def test_figures_say_whether_their_target_is_kept() -> None:
    """At least, at most, or none at all; a figure of runs is their median."""
    middle = of_runs("p", "n", [3.0, 1.0, 2.0], "s", target=2.0)
    assert (middle.value, middle.runs, middle.is_kept) == (2.0, 3, True)
    assert not Figure("p", "n", 1.9, "s", target=2.0).is_kept
    assert not Figure("p", "n", 2.1, "s", target=2.0, is_at_most=True).is_kept
    assert Figure("p", "n", 2.1, "s").is_kept
    assert percentile(list(range(100)), 0.99) == 99
    assert percentile([5], 0.5) == 5
