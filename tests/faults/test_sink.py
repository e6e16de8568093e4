"""The bench's mail server: it writes its ledger first, and misbehaves as configured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.faults.lines import Accepted, Misdeed
from bench.faults.sink import Rates, Sink, drawn
from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope


def envelope(number: int = 1) -> Envelope:
    content = f"Subject: [email-1] hello\r\nMessage-ID: <{number}@example.com>\r\n\r\n.dot\r\n"
    recipient = f"reader-{number}@example.com"
    return Envelope("<1@example.com>", "us@example.com", recipient, "hello", content.encode())


@asynccontextmanager
async def transport_to(sink: Sink) -> AsyncIterator[SmtpTransport]:
    server = await sink.serve(0)
    port = server.sockets[0].getsockname()[1]
    settings = SmtpSettings(
        host="127.0.0.1",
        port=port,
        starttls="never",
        connect_timeout_seconds=0.3,
        command_timeout_seconds=0.3,
    )
    transport = SmtpTransport(settings)
    yield transport
    await transport.close()
    server.close()


def sent_through(folder: Path, rates: Rates, number: int = 1) -> Outcome:
    async def send() -> Outcome:
        async with (
            transport_to(Sink(folder, 0, rates)) as transport,
            transport.connection() as connection,
        ):
            return await connection.send(envelope(number))

    return asyncio.run(send())


def test_accepted_message_is_in_the_ledger_before_the_answer(tmp_path: Path) -> None:
    """The ledger names message, recipient and node, as soon as the sender knows."""
    assert isinstance(sent_through(tmp_path, Rates()), Sent)
    (accepted,) = Accepted.read(tmp_path)
    assert (accepted.message_id, accepted.recipient, accepted.node) == (
        "<1@example.com>",
        "reader-1@example.com",
        "email-1",
    )


CASES = {
    "refuse_connection": (Deferred, Phase.CONNECT, False),
    "black_hole": (Deferred, Phase.CONNECT, False),
    "put_off": (Deferred, Phase.ENVELOPE, False),
    "refuse_recipient": (Rejected, Phase.ENVELOPE, False),
    "refuse_data": (Rejected, Phase.ENVELOPE, False),
    "refuse_content": (Rejected, Phase.CONTENT, False),
    "drop_before_data": (Deferred, Phase.ENVELOPE, False),
    "drop_kept": (Unknown, None, True),
    "drop_lost": (Unknown, None, False),
    "stall": (Sent, None, True),
}


@pytest.fixture(autouse=True)
def _short_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.faults.sink.STALL_SECONDS", 0.01)


@pytest.mark.parametrize("kind", CASES)
def test_each_misdeed_has_its_outcome_and_is_logged(kind: str, tmp_path: Path) -> None:
    """What the sender hears, what the ledger holds, and what the log says of it."""
    outcome_type, phase, is_kept = CASES[kind]
    outcome = sent_through(tmp_path, Rates(**{kind: 1.0}))
    assert isinstance(outcome, outcome_type)
    assert getattr(outcome, "phase", None) == phase
    assert bool(Accepted.read(tmp_path)) is is_kept
    misdeeds = Misdeed.read(tmp_path)
    assert {it.kind for it in misdeeds} == {kind}
    if kind in ("drop_kept", "drop_lost", "stall", "refuse_content"):
        assert misdeeds[0].message_id == "<1@example.com>"


def test_fate_of_a_message_follows_from_the_seed() -> None:
    """The same seed, recipient and attempt give the same result; each kind occurs about as often as
    configured.
    """
    rates = Rates.usual()
    kinds = ("put_off", "refuse_recipient", "drop_before_data")
    draws = [drawn(rates, kinds, 7, f"{number}@example.com", 1) for number in range(3000)]
    assert draws == [drawn(rates, kinds, 7, f"{number}@example.com", 1) for number in range(3000)]
    for kind in kinds:
        assert 240 < draws.count(kind) < 360
