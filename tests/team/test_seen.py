"""What the processes of the stack report: backend, worker, scheduler."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from functions.access import new_api_token
from harness.patience import until
from harness.servers.child import Child, free_port
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import new_database
from harness.team.stack import ROOT, Backend, environment, scheduler, worker
from local.inbox.server import Inbox

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

CSV = "email,first_name\n" + "".join(f"p{n}@example.com,Ann\n" for n in range(20))
FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "mail",
            "type": "sendEmail",
            "configuration": {"subject": "Hello {{contact.first_name}}", "body": "<p>Hello</p>"},
        },
    ],
    "connections": [{"from_node": "start", "to_node": "mail"}],
}


class Stack:
    """The whole stack, running."""

    def __init__(self, folder: Path, broker_url: str, stack: ExitStack) -> None:
        self.token = new_api_token()
        self.figures_port = free_port()
        redis_uri = new_database()
        self.redis = Redis.from_url(redis_uri)
        self.inbox = Inbox(folder / "inbox.db")
        self.inbox.start()
        stack.callback(self.inbox.stop)
        self.environment = environment(
            store_uri=f"sqlite:///{folder / 'store.db'}",
            broker_url=broker_url,
            redis_url=redis_uri,
            smtp_uri=f"smtp://127.0.0.1:{self.inbox.port}",
            API_TOKENS=self.token,
        )
        self.run("migrate")
        self.backend = Backend(self.environment)
        figures = {"METRICS_PORT": str(self.figures_port)}
        self.worker = worker({**self.environment, **figures}, "w1")
        self.scheduler = scheduler(self.environment)
        self.children: tuple[Child, ...] = (self.backend, self.worker, self.scheduler)
        for child in self.children:
            stack.enter_context(child)
        self.api = stack.enter_context(
            httpx.Client(
                base_url=f"{self.backend.url}/api/v1",
                headers={"authorization": f"Bearer {self.token}"},
            )
        )

    def play_campaign(self) -> None:
        """Runs a campaign to its end."""
        made = self.api.post(
            "/campaigns",
            json={"name": "c", **FLOW, "contact_file": {"content": CSV}, "launch": True},
        )
        assert made.status_code == 201, made.text
        self.campaign_id = made.json()["campaign_id"]
        path = f"/campaigns/{self.campaign_id}"
        until(lambda: self.api.get(path).json()["status"] == "completed")

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The command line, with the stack's environment."""
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *arguments],
            env={**os.environ, **self.environment, **more, "PYTHONPATH": str(ROOT)},  # noqa: TID251
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def seen(rabbit: RabbitServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack after a campaign."""
    with ExitStack() as stack:
        made = Stack(tmp_path_factory.mktemp("seen"), rabbit.add_vhost("seen"), stack)
        made.play_campaign()
        yield made


def lines_of(child: Child) -> list[dict[str, object]]:
    log = (child.folder / "output.log").read_text(errors="replace")
    return [json.loads(line) for line in log.splitlines()]


def figures(page: str) -> dict[tuple[str, str, str], float]:
    """By name, queue and outcome."""
    return {
        (it.name, it.labels.get("queue", ""), it.labels.get("outcome", "")): it.value
        for family in text_string_to_metric_families(page)
        for it in family.samples
    }


def test_campaign_through_the_api_is_seen_everywhere(seen: Stack) -> None:
    """Created, launched, sent; the worker's metrics, its heartbeat and the sweep's show it."""
    assert seen.api.get("/campaigns", headers={"authorization": ""}).status_code == 401
    assert seen.inbox.ledger.count() == 20
    page = httpx.get(f"http://127.0.0.1:{seen.figures_port}/metrics").text
    told = figures(page)
    assert told["emailbuilder_messages_total", "", "sent"] == 20
    assert told["emailbuilder_jobs_total", "send_email", "done"] >= 20
    assert told["emailbuilder_jobs_total", "sweep", "done"] >= 1
    assert "emailbuilder_breaker_state" in seen.api.get(f"{seen.backend.url}/metrics").text
    (written,) = seen.redis.zrange("emailbuilder:workers", 0, -1)
    name = str(written, "ascii")  # type: ignore[arg-type]
    assert name.startswith("w1@")

    def has_beaten() -> bool:
        return int(json.loads(seen.redis.get(f"emailbuilder:worker:{name}") or "{}")["jobs"]) >= 20

    until(has_beaten)
    assert json.loads(seen.redis.get("emailbuilder:sweep") or "{}")["by"] == name
    assert list(seen.redis.scan_iter(f"emailbuilder:flow:1:{seen.campaign_id}/*"))


def test_every_line_is_json_and_names_its_service(seen: Stack) -> None:
    """Celery's, uvicorn's and ours; none holds the token."""
    for child, service in zip(seen.children, ("backend", "worker", "scheduler"), strict=True):
        lines = lines_of(child)
        assert {it["service"] for it in lines} == {service}
        assert seen.token not in json.dumps(lines)


def test_sweeps_that_did_nothing_are_not_logged(seen: Stack) -> None:
    """There is one a second; those that dispatched the campaign's leads say how many."""
    lines = [*lines_of(seen.worker), *lines_of(seen.scheduler)]
    sweeps = [it for it in lines if it["event"] == "swept"]
    common = {"time", "level", "service", "logger", "event"}
    assert all(set(it) > common for it in sweeps)
    assert any("leads_dispatched" in it for it in sweeps)
    assert [it for it in lines if "sweep_task" in str(it["event"])] == []


def test_doctor_finds_everything_well(seen: Stack) -> None:
    """Except the sender's domain, which is not looked up without a network."""
    report = json.loads(seen.run("doctor", "--json").stdout)
    states = {it["name"]: it["state"] for it in report["checks"]}
    dns = {"spf", "dkim", "dmarc", "mx"}
    assert {it: states[it] for it in states if it not in dns} == dict.fromkeys(
        states.keys() - dns, "ok"
    )


@pytest.mark.parametrize(
    ("arguments", "more", "message"),
    [
        (("serve", "--host", "0.0.0.0"), {"API_TOKENS": ""}, "API_TOKENS is not set"),
        (("serve",), {"SMTP_URI": "mail"}, "SMTP_URI: a mail server is written as"),
        (("serve",), {"BROKER_URL": "http://x"}, "BROKER_URL must begin with amqp://"),
    ],
)
def test_backend_says_why_it_does_not_start(
    seen: Stack, arguments: tuple[str, ...], more: dict[str, str], message: str
) -> None:
    """In a sentence, without a stack trace."""
    ended = seen.run(*arguments, **more)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_worker_says_why_it_does_not_start(seen: Stack) -> None:
    """A port that is taken, settings that contradict each other."""
    for more, message in (
        ({"METRICS_PORT": str(seen.figures_port)}, "METRICS_PORT: cannot listen on"),
        ({"SEND_LEASE_SECONDS": "90"}, "SEND_LEASE_SECONDS (90) must not exceed"),
    ):
        child = worker({**seen.environment, **more}, "w2")
        with pytest.raises(RuntimeError) as caught, child:
            pass
        assert message in str(caught.value)


def test_backend_ends_on_request(seen: Stack) -> None:
    """The last test: it closes what it opened."""
    seen.backend.end()
    said = [it["event"] for it in lines_of(seen.backend)]
    assert "Application shutdown complete." in said
