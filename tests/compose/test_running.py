"""Runs the services of the compose file: each command as a child process, from the image's content.

RabbitMQ and Redis (with the file's configuration, users and passwords), the HTTP API, Celery and
SMTP are real. MongoDB is the stand-in. `tests/compose/engine` tests what only a container engine
does (limits, users, networks, read-only roots).
"""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.patience import patience, until
from harness.servers.child import HOST
from harness.servers.mongo import MongoServer
from local.inbox.server import Inbox
from local.page_policy import inline_scripts, page_policy
from tests.compose.composed import Project
from tests.compose.image import Image
from tests.compose.interface import Interface, build
from tests.compose.processes import ComposedRabbit, ComposedRedis, Product

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

CONTACTS = 60
WORKERS = 2
LARGE_ROWS = 1_200
ROW_BYTES = 10_000
"""Together more than Next.js itself would forward."""
CAMPAIGN: dict[str, Any] = {
    "name": "Two mails",
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "one",
            "type": "sendEmail",
            "configuration": {"subject": "One, {{contact.first_name}}", "body": "<p>1</p>"},
        },
        {
            "id": "pause",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": 1, "unit": "seconds"},
        },
        {"id": "two", "type": "sendEmail", "configuration": {"subject": "Two", "body": "<p>2</p>"}},
    ],
    "connections": [
        {"from_node": "start", "to_node": "one"},
        {"from_node": "one", "to_node": "pause"},
        {"from_node": "pause", "to_node": "two"},
    ],
    "contacts": [
        {"email": f"reader{number}@example.com", "first_name": f"Reader {number}"}
        for number in range(CONTACTS)
    ],
    "launch": True,
}


@dataclass(frozen=True, slots=True)
class Stack:
    image: Image
    before: set[Path]
    inbox: Inbox
    migration: Product
    migrated: str
    backend: Product
    workers: list[Product]
    scheduler: Product
    interface: Interface
    token: str

    @property
    def api(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{HOST}:{self.backend.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=patience(30),
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def stack(team: Project, image: Image) -> Iterator[Stack]:
    """Started in the order of the file, each when its dependencies are healthy."""
    services = team["services"]
    before = image.files()
    with ExitStack() as open_now:
        mongo = MongoServer()
        mongo.start()
        open_now.callback(mongo.stop)
        rabbit = open_now.enter_context(ComposedRabbit(services["rabbitmq"]))
        redis = open_now.enter_context(ComposedRedis(services["redis"]))

        def place_inbox(text: str) -> str:
            return text.replace("@redis:6379", f"@{HOST}:{redis.port}")

        inbox = open_now.enter_context(Product("inbox", services["inbox"], image, place_inbox))
        place = placing(services["backend"]["environment"], mongo, rabbit, redis, inbox)

        migration = Product("migrate", services["migrate"], image, place)
        open_now.callback(migration.close)
        done = migration.run_once()
        assert done.returncode == 0, done.stderr

        def started(name: str) -> Product:
            return open_now.enter_context(Product(name, services[name], image, place))

        backend = started("backend")
        build()
        yield Stack(
            image=image,
            before=before,
            inbox=Inbox(inbox.folder / "inbox.db"),
            migration=migration,
            migrated=done.stdout,
            backend=backend,
            workers=[started("worker") for _ in range(WORKERS)],
            scheduler=started("scheduler"),
            interface=open_now.enter_context(
                Interface(services["frontend"], backend_port=backend.port, inbox_port=inbox.port)
            ),
            token=services["backend"]["environment"]["API_TOKENS"],
        )


def placing(
    environment: dict[str, str],
    mongo: MongoServer,
    rabbit: ComposedRabbit,
    redis: ComposedRedis,
    inbox: Product,
) -> Callable[[str], str]:
    """Maps host names to this machine. Logins and passwords stay those of the file."""

    def place(text: str) -> str:
        text = text.replace(environment["STORE_URI"], mongo.uri)
        text = text.replace("@rabbitmq:5672", f"@{HOST}:{rabbit.port}")
        text = text.replace("@redis:6379", f"@{HOST}:{redis.port}")
        return text.replace("smtp://inbox:1025", f"smtp://{HOST}:{inbox.smtp_port}")

    return place


def test_campaign_goes_through(stack: Stack) -> None:
    """One call creates, fills and launches it; every reader gets both mails, once each."""
    with stack.api as api:
        answer = api.post("/campaigns", json=CAMPAIGN)
        assert answer.status_code in (201, 202), answer.text
        campaign_id = answer.json()["campaign_id"]
        until(
            lambda: api.get(f"/api/v1/campaigns/{campaign_id}").json()["status"] == "completed",
            seconds=120,
        )
    received = sorted((*it.rcpt_to, it.subject) for it in stack.inbox.messages())
    assert received == sorted(
        (f"reader{number}@example.com", subject)
        for number in range(CONTACTS)
        for subject in (f"One, Reader {number}", "Two")
    )


def test_api_needs_a_token_and_health_does_not(stack: Stack) -> None:
    """The token that `make env` made opens it."""
    with stack.api as api:
        assert api.get("/api/v1/campaigns").status_code == 200
        api.headers.pop("Authorization")
        assert api.get("/api/v1/campaigns").status_code == 401
        ready = api.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["status"] == "ready", ready.text


def test_interface_shows_pages_and_hands_the_api_on(stack: Stack) -> None:
    """A browser signs in with the token of `make env`, all on one origin; without it, the API
    itself refuses.
    """
    before = stack.interface.files()
    with httpx.Client(base_url=stack.interface.url, timeout=patience(30)) as browser:
        assert browser.get("/").headers["location"] == "/app"
        page = browser.get("/app/sign-in")
        assert "Sign in" in page.text
        script = re.search(r'src="(/app/_next/static/[^"]+[.]js)"', page.text)
        assert script is not None
        assert browser.get(script[1]).status_code == 200
        refused = browser.get("/api/v1/campaigns")
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        signed_in = browser.post(
            "/api/v1/session", json={"token": stack.token}, headers={"X-EmailBuilder": "1"}
        )
        assert signed_in.status_code == 204, signed_in.text
        assert browser.get("/api/v1/campaigns").status_code == 200
        received = browser.get("/inbox/api/messages").json()
        assert received["total"] == len(list(stack.inbox.messages()))
    assert stack.interface.files() == before


@pytest.mark.parametrize(
    "path", ["", "/campaigns", "/campaigns/c-1", "/campaigns/c-1/leads/l-2", "/inbox", "/nowhere"]
)
def test_interface_sets_what_each_page_may_run(path: str, stack: Stack) -> None:
    """The same as the gateway for the exported pages; and it renders no page again for an id."""
    before = stack.interface.files()
    page = httpx.get(f"{stack.interface.url}/app{path}", timeout=patience(30))
    assert page.status_code == (404 if path == "/nowhere" else 200)
    scripts = inline_scripts(page.text)
    assert scripts
    assert "c-1" not in page.text
    assert page.headers["content-security-policy"] == page_policy(scripts)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert stack.interface.files() == before


def test_interface_hands_large_files_on_whole(stack: Stack) -> None:
    """All rows of a contact file arrive, however many they are."""
    note = b"x" * ROW_BYTES
    rows = (b"reader%d@large.example,%s\n" % (number, note) for number in range(LARGE_ROWS))
    with stack.api as api:
        campaign_id = api.post("/campaigns", json={"name": "Large"}).json()["campaign_id"]
        answer = httpx.post(
            f"{stack.interface.url}/api/v1/campaigns/{campaign_id}/contacts",
            content=chain([b"email,note\n"], rows),
            headers={"Authorization": f"Bearer {stack.token}", "content-type": "text/csv"},
            timeout=patience(120),
        )
        assert answer.status_code == 202, answer.text
        job = f"/api/v1/jobs/{answer.json()['job_id']}"
        until(lambda: api.get(job).json()["state"] == "done", seconds=120)
        assert api.get(job).json()["report"]["accepted"] == LARGE_ROWS


def test_migrating_again_does_nothing(stack: Stack) -> None:
    """It runs before every start, and says what it did."""
    assert stack.migrated.strip()
    again = stack.migration.run_once()
    assert again.returncode == 0, again.stderr
    assert "Nothing to do" in again.stdout


def test_services_are_healthy_by_their_own_checks(stack: Stack) -> None:
    """They are still healthy after doing work."""
    for it in (stack.backend, *stack.workers, stack.scheduler):
        assert it.is_healthy(), (it.name, it.said())
    assert stack.interface.is_healthy()


def test_nothing_is_written_beside_the_temporary_folder(stack: Stack) -> None:
    """The image's files are unchanged; in a container they are read-only."""
    assert stack.image.files() == stack.before


def test_scheduler_is_healthy_as_long_as_it_ticks(stack: Stack) -> None:
    """Its check reads the age of its heartbeat; an old one is renewed by the next tick."""
    stack.scheduler.let_heartbeat_age(seconds=120)
    until(stack.scheduler.is_healthy, seconds=60)
    assert stack.scheduler.ended_by(signal.SIGTERM) == 0, stack.scheduler.said()
    stack.scheduler.let_heartbeat_age(seconds=120)
    assert not stack.scheduler.is_healthy()


def test_interface_that_is_ended_is_gone_and_not_healthy(stack: Stack) -> None:
    """Asked to end, it does so in time; its check can fail."""
    assert stack.interface.ended_by(signal.SIGTERM) in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert not stack.interface.is_healthy()


@pytest.mark.parametrize("name", ["worker", "backend"])
def test_service_that_is_ended_is_gone_and_not_healthy(name: str, stack: Stack) -> None:
    """Asked to end, it does so in time and in order; its check can fail."""
    service = {"worker": stack.workers[-1], "backend": stack.backend}[name]
    assert service.ended_by(signal.SIGTERM) in (0, -signal.SIGTERM), service.said()
    assert not service.is_healthy()
