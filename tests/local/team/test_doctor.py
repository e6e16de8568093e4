"""`emailbuilder doctor` of the team's stack, against the real servers."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import dns.asyncresolver
import pytest

from functions.runtime import Composition
from functions.service.operations import doctor as health
from functions.service.operations.doctor import look_at
from functions.service.operations.records import CheckState, Diagnosis, QueueDepth, SystemCheck
from harness.patience import patience
from local.team import doctor
from local.team.doctor import team_doctor
from local.team.queues import DEAD_LETTERS
from local.team.settings import TeamSettings
from tests.adapters.smtp_server import Act
from tests.local.team.doctor_scene import ALL, Scene, others

pytestmark = pytest.mark.servers


def test_all_is_well(scene: Scene) -> None:
    """Every part is checked; the doctor logged in to the mail server but sent nothing."""
    found = scene.look()
    assert list(found) == ALL
    assert others(found) == {CheckState.OK}, found
    verbs = [it.split()[0] for it in scene.mail.commands]
    assert verbs == ["EHLO", "AUTH", "QUIT", "EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"]
    # The test takes a moment itself, so the age of the workers may have grown.
    assert re.sub(r"in \d{3} s", "in 120 s", found["workers"].message) == (
        "2 alive: w0, 61 MiB, 90 jobs in 120 s; w1, 61 MiB, 90 jobs in 120 s."
    )
    assert "sweep 0 waiting, 1 consumers" in found["queues"].message


def test_store_that_was_never_set_up(scene: Scene) -> None:
    """The set-up is missing, not the store."""
    scene.is_migrated = False
    found = scene.look()
    assert found["store"].state is CheckState.FAILED
    assert "emailbuilder migrate" in found["store"].remedy
    assert others(found, "store", "sweep", "workers") == {CheckState.OK}


def test_store_that_is_away(scene: Scene) -> None:
    """Its clock is unknown then, and the ages of heartbeats use our own clock."""
    uri = "mongodb://ann:canary-store@127.0.0.1:1/x?serverSelectionTimeoutMS=100"
    scene.is_migrated = False
    scene.environment["STORE_URI"] = uri
    found = scene.look()
    assert [found[it].state for it in ("store", "clock")] == [CheckState.FAILED, CheckState.WARNING]
    assert found["clock"].message == "Not known: the store does not answer."
    assert others(found, "store", "clock", "sweep", "workers") == {CheckState.OK}


@pytest.mark.parametrize(
    ("ahead", "state"), [(1.5, CheckState.OK), (3, CheckState.WARNING), (-3600, CheckState.WARNING)]
)
def test_clocks(scene: Scene, ahead: float, state: CheckState) -> None:
    """They differ by more than two seconds, in either direction."""
    scene.clock_seconds_ahead = ahead
    found = scene.look()
    assert found["clock"].state is state
    assert "NTP" in found["clock"].remedy or state is CheckState.OK


def test_login_the_mail_server_refuses(scene: Scene) -> None:
    """It is reported as such, with the server's message."""
    scene.mail.script["AUTH"] = [Act("535 5.7.8 no such user, canary-mail or not")]
    found = scene.look()
    assert found["smtp"].state is CheckState.FAILED
    assert "The login was refused" in found["smtp"].message
    assert "5.7.8 no such user" in found["smtp"].message
    assert others(found, "smtp") == {CheckState.OK}


def test_mail_server_without_encryption_for_a_login(scene: Scene) -> None:
    """The password was not sent."""

    async def look() -> Sequence[SystemCheck]:
        async with scene.mail.serving():
            uri = f"smtp://ann:canary@127.0.0.1:{scene.mail.port}"
            scene.environment["SMTP_URI"] = uri
            return await scene._look(scene._checked)

    found = {it.name: it for it in asyncio.run(look())}
    assert found["smtp"].state is CheckState.FAILED
    assert "smtps://" in found["smtp"].remedy
    assert not any(it.startswith("AUTH") for it in scene.mail.commands)


def test_settings_that_do_not_fit(scene: Scene) -> None:
    """The parts that need them cannot be checked; all others can."""
    scene.environment["SMTP_URI"] = "imap://ann:canary@mail"
    found = scene.look()
    assert found["settings"].state is CheckState.FAILED
    assert "smtp://host:port" in found["settings"].message
    assert [it for it in ALL if it not in found] == [
        *("store", "clock", "smtp", "sender", "dkim keys")
    ]
    assert others(found, "settings") == {CheckState.OK}


@pytest.mark.parametrize(
    "wrong", ["amqp://guest:canary-broker@{}//", "amqp://guest:guest@{}/nowhere"]
)
def test_broker_that_does_not_let_us_in(scene: Scene, wrong: str) -> None:
    """By its login or its virtual host."""
    scene.environment["BROKER_URL"] = wrong.format(f"127.0.0.1:{scene.rabbit.port}")
    found = scene.look()
    assert found["broker"].state is CheckState.FAILED
    assert "virtual host in BROKER_URL" in found["broker"].remedy
    assert others(found, "broker") == {CheckState.OK}


def test_queues_that_do_not_exist(scene: Scene) -> None:
    """No worker has ever run; checking does not create them."""
    scene.queues = scene.attended = ()
    for _ in range(2):
        found = scene.look()
        assert found["queues"].state is CheckState.WARNING
        assert "sweep does not exist" in found["queues"].message
        assert others(found, "queues") == {CheckState.OK}


def test_jobs_that_no_worker_takes(scene: Scene) -> None:
    """The queue is named."""
    scene.attended, scene.jobs = ("celery", "sweep"), {"send_email": 3}
    found = scene.look()
    assert found["queues"].state is CheckState.WARNING
    assert "send_email 3 waiting, 0 consumers" in found["queues"].message
    assert "No worker takes jobs from send_email:" in found["queues"].remedy


def test_more_jobs_than_the_window_lets_in(scene: Scene) -> None:
    """Although workers take them."""
    scene.environment["WINDOW_JOBS_MAX"] = "2"
    scene.jobs = {"celery": 5 + 1}  # One of them is with the consumer.
    assert "WINDOW_JOBS_MAX (2)" in scene.look()["queues"].remedy


def test_dead_letters(scene: Scene) -> None:
    """The number, and how to inspect them."""
    scene.jobs = {DEAD_LETTERS: 2}
    found = scene.look()
    assert (found["dead letters"].state, found["dead letters"].message) == (
        CheckState.WARNING,
        "2 jobs failed for good.",
    )
    assert others(found, "dead letters") == {CheckState.OK}


def test_redis_that_is_down(scene: Scene) -> None:
    """Then it is unknown which workers are alive; they are not reported as dead."""
    scene.environment["REDIS_URL"] = "redis://:canary-redis@127.0.0.1:1/0"
    found = scene.look()
    assert [found[it].state for it in ("results", "sweep", "workers")] == [
        CheckState.FAILED,
        CheckState.WARNING,
        CheckState.WARNING,
    ]
    assert found["workers"].message == "Not known: Redis does not answer."
    assert others(found, "results", "sweep", "workers") == {CheckState.OK}


@pytest.mark.parametrize("seconds_ago", [None, 6])
def test_sweep_that_has_stopped(scene: Scene, seconds_ago: float | None) -> None:
    """Its beat is old, or there was none."""
    scene.swept_seconds_ago = seconds_ago
    found = scene.look()
    assert found["sweep"].state is CheckState.WARNING
    assert "scheduler" in found["sweep"].remedy
    assert others(found, "sweep") == {CheckState.OK}


def test_no_worker(scene: Scene) -> None:
    """Nothing would ever be sent."""
    scene.workers = 0
    found = scene.look()
    assert (found["workers"].state, found["workers"].message) == (
        CheckState.FAILED,
        "None is alive.",
    )
    assert others(found, "workers") == {CheckState.OK}


def test_neighbours_that_take_the_call_and_say_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each times out after a bounded time, all in parallel."""
    limit_seconds = patience(1.5)
    monkeypatch.setattr(health, "LOOK_SECONDS_MAX", limit_seconds)
    monkeypatch.setattr(doctor, "SOCKET_SECONDS_MAX", limit_seconds / 3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        scene.environment |= {
            "SMTP_URI": f"smtp://{host}",
            "BROKER_URL": f"amqp://ann:canary@{host}//",
            "REDIS_URL": f"redis://{host}/0",
        }
        found = scene.look()
        told = scene.diagnose()
    assert [found[it].state for it in ("smtp", "broker", "results")] == [CheckState.FAILED] * 3
    assert (told.queues, told.workers) == (None, None)
    assert found["smtp"].message == f"No answer within {limit_seconds:g} s."
    assert found["store"].state is CheckState.OK


def test_api_gets_queues_workers_and_links_besides(scene: Scene) -> None:
    """From heartbeats and the broker; the checks are those of the command."""
    scene.environment |= {"RABBITMQ_PAGE": "http://localhost:15672"}
    scene.jobs = {"celery": 3, DEAD_LETTERS: 2}
    found = scene.diagnose()
    assert [it.name for it in found.checks] == ALL
    assert {it.name: it.state for it in found.checks if it.state is not CheckState.OK} == {
        "dead letters": CheckState.WARNING
    }
    depths = {it.name: it for it in found.queues or ()}
    # One of them is with the consumer.
    assert depths["celery"] == QueueDepth(name="celery", waiting=2, consumers=1)
    assert depths[DEAD_LETTERS].holds_dead_letters
    assert found.dead_letters == 2
    workers = found.workers or ()
    assert [(it.name, it.jobs_done, it.memory_bytes) for it in workers] == [
        (name, 90, 61 * 2**20) for name in ("w0", "w1")
    ]
    assert all(it.seen_at - it.started_at == timedelta(minutes=2) for it in workers)
    assert found.swept is not None
    assert found.swept.by == "w0"
    assert found.links == {"rabbitmq": "http://localhost:15672"}


def test_api_reports_neighbours_that_are_down_as_unknown(scene: Scene) -> None:
    """None, not zero: it is unknown whether there are workers."""
    scene.environment |= {
        "BROKER_URL": "amqp://ann:canary@127.0.0.1:1//",
        "REDIS_URL": "redis://:canary@127.0.0.1:1/0",
        "STORE_URI": "mongodb://ann:canary@127.0.0.1:1/x?serverSelectionTimeoutMS=100",
    }
    scene.is_migrated = False
    found = scene.diagnose()
    assert (found.queues, found.workers, found.swept, found.dead_letters) == (None,) * 4
    failed = {it.name for it in found.checks if it.state is CheckState.FAILED}
    assert failed == {"store", "broker", "results"}
    scene.workers = 0
    scene.environment["REDIS_URL"] = scene.redis_uri
    assert scene.diagnose().workers is not None


def test_dns_is_not_queried_for_every_check(scene: Scene) -> None:
    """Pages ask every few seconds."""
    asked: list[object] = []

    def counted() -> dns.asyncresolver.Resolver:
        asked.append(None)
        return scene.dns.resolver()

    async def twice(settings: TeamSettings, source: Composition) -> list[Diagnosis]:
        asked_twice = team_doctor(settings, source.services, counted)
        first = await asked_twice.look()
        assert asked
        asked.clear()
        return [first, await asked_twice.look()]

    first, second = asyncio.run(asyncio.wait_for(scene._look(twice), patience(60)))
    assert asked == []
    assert [it.name for it in first.checks] == [it.name for it in second.checks] == ALL


def test_look_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that says so replaces its result."""
    monkeypatch.setattr(health, "LOOK_SECONDS_MAX", 0.01)

    async def never() -> list[SystemCheck]:
        await asyncio.Event().wait()
        return []

    (found,) = asyncio.run(asyncio.wait_for(look_at("it", "Mend it.", never), patience(20)))
    assert (found.name, found.state) == ("it", CheckState.FAILED)
    assert (found.message, found.remedy) == ("No answer within 0.01 s.", "Mend it.")


def command(scene: Scene, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "COLUMNS": "200", **more}  # noqa: TID251
    return subprocess.run(
        [sys.executable, "-m", "local.cli", "doctor", *arguments],
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(60),
    )


def test_command_reports_to_people_and_programs(scene: Scene, tmp_path: Path) -> None:
    """Exit code 1 while anything fails; errors are shown unchanged, even if like markup."""
    environment = {**scene.environment, "SMTP_URI": "smtp://ann:canary-mail@[::1]:1"}
    done = command(scene, "--json", **environment)
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    states = {it["name"]: it["state"] for it in report["checks"]}
    assert report["ok"] is False
    assert list(states) == [it for it in ALL if it not in ("sender", "dkim keys")], (
        "the store was never set up"
    )
    assert (states["smtp"], states["broker"]) == ("fail", "ok")
    done = command(scene, **environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Run `emailbuilder migrate`." in done.stdout
    assert "canary" not in done.stdout
    assert command(scene, **{**environment, "REDIS_URL": ""}).stderr.startswith("REDIS_URL is not")


def test_command_asks_the_local_system_where_no_broker_is_named(scene: Scene) -> None:
    """Over HTTP, as before."""
    done = command(scene, "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr


def test_processes_of_the_team_load_no_cloud() -> None:
    """Neither AWS's client nor its emulation, which cost seconds per start and 50 MB per worker."""
    code = (
        "import sys, local.team.wiring, local.team.doctor, local.team.logs, local.team.metrics\n"
        "print([it for it in ('moto', 'boto3', 'botocore') if it in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
