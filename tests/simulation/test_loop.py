"""A simulated run that does not end is stopped, and never looks like a broken guarantee."""

import asyncio
from collections.abc import Iterator

import pytest

from harness.simulation import mongo, scenario
from harness.simulation.loop import OutOfTimeError, run
from harness.simulation.scenario import simulate


async def go_on_for_ever() -> None:
    """Whatever happens to it, like the actors of a simulated world."""
    while True:
        try:
            await asyncio.sleep(1)
        except Exception:
            continue


def test_a_run_ends_after_its_real_seconds() -> None:
    """Virtual seconds are unlimited; the other tasks are cancelled."""
    others: list[asyncio.Task[None]] = []

    async def story() -> None:
        others.append(asyncio.create_task(go_on_for_ever()))
        await go_on_for_ever()

    with pytest.raises(OutOfTimeError):
        run(story(), seconds_max=0.05)
    assert others[0].cancelled()


def test_a_seed_that_runs_out_of_time_has_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """No violation is reported; the message names the seed."""
    monkeypatch.setattr(scenario, "SECONDS_MAX", 0.0)
    with pytest.raises(OutOfTimeError, match="seed 3 "):
        simulate(3)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(mongo, "COMMAND_SECONDS_MAX", 0.02)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("_impatient")
def test_a_command_without_answer_ends_the_run() -> None:
    """Although the task that sent it handles every error, and another would run for ever."""
    driver: list[str] = []

    async def command() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            driver.append("cancelled")
            raise

    async def worker() -> None:
        with pytest.raises(OutOfTimeError):
            mongo._really(command())

    async def story() -> None:
        await asyncio.gather(worker(), go_on_for_ever(), return_exceptions=True)

    with pytest.raises(OutOfTimeError):
        run(story())
    assert driver == ["cancelled"]
