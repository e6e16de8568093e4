"""Logs: one JSON object per line, with ids and without secrets."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import structlog
from pydantic import SecretStr

from functions.service.schedule.consume import Delivery, deliver_sends
from harness.fakes.scenes import in_world
from harness.fakes.world import FakeWorld
from harness.patience import patience
from local.team.logs import bound, configure_logs
from local.team.redaction import Redactor
from local.team.settings import TeamSettings

Lines = Callable[[], list[dict[str, object]]]

PASSWORDS = {
    "STORE_URI": "canary-store/pass",
    "BROKER_URL": "canary-broker",
    "REDIS_URL": "canary-redis",
    "SMTP_URI": "canary smtp",
}
SETTINGS = TeamSettings.read(
    {
        "STORE_URI": "mongodb://ann:canary-store%2Fpass@mongo.example:27017/emailbuilder",
        "BROKER_URL": "amqp://ann:canary-broker@rabbit.example//",
        "REDIS_URL": "redis://:canary-redis@redis.example:6379/0",
        "SMTP_URI": "smtp://ann%40example.com:canary%20smtp@mail.example:587",
        "SENDER": "Ann <ann@example.com>",
        "PUBLIC_URL": "https://mail.example.com",
        "TRACKING_KEYS": "k2:canary-signing-new,k1:canary-signing-old",
    }
)
TOKEN = "canary-token-1"
CANARIES = ("canary", *(it.strip("/ ") for it in PASSWORDS.values()))


@pytest.fixture
def restored() -> Iterator[None]:
    """`configure_logs` changes the whole process, so the state is restored for pytest."""
    root = logging.getLogger()
    kept = (root.handlers, root.level, sys.excepthook, threading.excepthook)
    yield
    root.handlers, root.level, sys.excepthook, threading.excepthook = kept
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def lines(restored: None) -> Lines:
    """The lines logged since, parsed; checks that they contain no secret."""
    stream = io.StringIO()
    secrets = [*SETTINGS.secrets(), TOKEN]
    configure_logs("INFO", service="worker", secrets=secrets, stream=stream)

    def read() -> list[dict[str, object]]:
        text = stream.getvalue()
        assert "canary" not in text.lower()
        return [json.loads(line) for line in text.splitlines()]

    return read


log = logging.getLogger("functions.service.tried")


def test_line_has_its_fields(lines: Lines) -> None:
    """In this order: time, level, service, logger, event; then what it is about."""
    before = datetime.now(UTC)  # noqa: TID251
    with bound(campaign_id="c", lead_id="lead_c_1_1"):
        log.warning("delivery %s failed: ä\n2", "d-1", extra={"delivery_id": "d-1", "tries": 2})
    log.debug("not at this level")
    structlog.get_logger("local.team.tried").info("it starts", pid=7)
    first, second = lines()
    assert list(first)[:5] == ["time", "level", "service", "logger", "event"]
    at = datetime.fromisoformat(str(first.pop("time")))
    assert at.utcoffset() is not None
    assert before <= at <= datetime.now(UTC)  # noqa: TID251
    assert first == {
        "level": "warning",
        "service": "worker",
        "logger": "functions.service.tried",
        "event": "delivery d-1 failed: ä\n2",
        "campaign_id": "c",
        "lead_id": "lead_c_1_1",
        "delivery_id": "d-1",
        "tries": 2,
    }
    assert {**second, "time": ""} == {
        "time": "",
        "level": "info",
        "service": "worker",
        "logger": "local.team.tried",
        "event": "it starts",
        "pid": 7,
    }


def test_exception_is_a_field(lines: Lines) -> None:
    """With its causes, on one line."""
    try:
        try:
            raise LookupError("no lead 7")
        except LookupError as cause:
            raise RuntimeError("the step raised") from cause
    except RuntimeError:
        log.exception("failed")
    (line,) = lines()
    text = str(line["exception"])
    assert text.index("LookupError: no lead 7") < text.index("RuntimeError: the step raised")
    assert "test_logs.py" in text


@in_world
async def test_ids_of_a_failed_delivery_are_fields(world: FakeWorld, lines: Lines) -> None:
    """Named as in the services."""
    body = {"lead_id": "lead_c_1_1", "campaign_id": "c", "node_id": "n"}
    await deliver_sends(world.made, [Delivery("d-1", json.dumps(body))])
    (line,) = lines()
    wanted = {"lead_id": "lead_c_1_1", "campaign_id": "c", "delivery_id": "d-1"}
    assert {name: line.get(name) for name in wanted} == wanted


def test_ids_follow_a_batch_into_the_loop_of_another_thread(lines: Lines) -> None:
    """As a worker hands its batches to its event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def work() -> None:
        await asyncio.gather(say(), say())

    async def say() -> None:
        log.info("in the loop")

    with bound(job_id="j-1"):
        asyncio.run_coroutine_threadsafe(work(), loop).result()
    asyncio.run_coroutine_threadsafe(say(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert [it.get("job_id") for it in lines()] == ["j-1", "j-1", None]


URIS = [
    it.get_secret_value()
    for it in (SETTINGS.store_uri, SETTINGS.broker_url, SETTINGS.redis_url, SETTINGS.smtp_uri)
]


@pytest.mark.parametrize("uri", [*URIS, *(f"x://u:{it}@host/" for it in PASSWORDS.values())])
def test_no_password_of_an_address(lines: Lines, uri: str) -> None:
    """In the text, in an argument, in a field, in an exception and its cause."""
    log.error("cannot reach " + uri)
    log.error("cannot reach %s, nor %r", uri, {"uri": uri})
    log.error("cannot reach it", extra={"uri": uri, "tried": [uri, (uri,)], "by": {uri: 1}})
    with bound(address=uri):
        log.error("bound")
    try:
        try:
            raise OSError(f"{uri} refused")
        except OSError as cause:
            raise ExceptionGroup("several", [ValueError(repr(uri)), cause]) from cause
    except ExceptionGroup:
        log.exception("cannot reach it")
    structlog.get_logger().error("cannot reach it", uri=uri, settings=SETTINGS)
    assert len(lines()) == 6
    assert "refused" in str(lines()[4]["exception"])


HEADERS = {"Authorization": "Bearer canary-of-a-caller", "Accept": "*/*"}


def test_no_token(lines: Lines) -> None:
    """Neither a registered token nor a foreign one, in raw headers."""
    raw = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    log.info("a request", extra={"headers": HEADERS})
    log.info("a request", extra={"scope": {"headers": raw}})
    log.info("a request with %s, %s", HEADERS, raw)
    log.info("Authorization: Bearer canary-2; Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==")
    log.info("GET /app?token=canary-3&page=2")
    log.info("tried %s%s", TOKEN, TOKEN)
    log.info("a login", extra={"password": "canary-4", "api_token": b"canary-5", "tries": 1})
    log.info("settings %s", {"api_token": "canary-6", "secret": "canary 7", "page": 2})
    log.info("settings", extra={"tracking_keys": SETTINGS.tracking_keys.get_secret_value()})
    read = lines()
    assert read[0]["headers"] == {"Authorization": "***", "Accept": "*/*"}
    assert read[1]["scope"] == {"headers": [["authorization", "***"], ["accept", "*/*"]]}
    assert "*/*" in str(read[2]["event"])
    assert read[4]["event"] == "GET /app?token=***&page=2"
    assert (read[6]["tries"], read[6]["api_token"]) == (1, "***")
    assert "'page': 2" in str(read[7]["event"])


def test_what_is_not_secret_stays(lines: Lines) -> None:
    """An address without password, a port before an @, words that only look alike."""
    harmless = [
        "GET http://host:8000/users/ann@example.com",
        "mongodb://mongo.example:27017/emailbuilder?replicaSet=rs0",
        "ann@example.com: delivery 7 of 9, tokens left",
        "the token is late: try again",
        "wait until 2027-01-01T09:00:00Z",
    ]
    for text in harmless:
        log.info(text)
    assert [it["event"] for it in lines()] == harmless


def test_line_is_bounded(lines: Lines) -> None:
    """However much is logged; a secret across the cut is masked too."""
    log.info("x" * 19_995 + SETTINGS.broker_url.get_secret_value() + "x" * 1_000_000)
    log.info("long", extra={"ids": list(range(100_000))})
    nested: list[object] = []
    nested.append(nested)
    log.info("endless", extra={"it": nested})
    assert max(len(json.dumps(it)) for it in lines()) < 21_000


class Broken:
    def __str__(self) -> str:
        raise ValueError("canary")


def test_unprintable_value_does_not_lose_the_line(lines: Lines) -> None:
    """An object that raises when shown, and numbers that JSON lacks."""
    log.info("odd", extra={"it": Broken(), "late": float("nan"), "at": datetime(2027, 1, 1)})  # noqa: DTZ001
    (line,) = lines()
    assert "Broken (ValueError" in str(line["it"])
    assert (line["late"], line["at"]) == ("nan", "2027-01-01 00:00:00")


def test_loggers_of_others_have_no_handler_of_their_own(lines: Lines) -> None:
    """Otherwise each line would appear twice, once unredacted."""
    own = logging.getLogger("uvicorn.access")
    own.handlers, own.propagate = [logging.StreamHandler()], False
    stream = io.StringIO()
    configure_logs("INFO", service="backend", stream=stream)
    assert (own.handlers, own.propagate) == ([], True)
    own.info("started %d", 7, extra={"color_message": "started \x1b[1m%d"})
    line = json.loads(stream.getvalue())
    assert (line["event"], "color_message" in line) == ("started 7", False)


def test_secrets_are_those_of_all_settings() -> None:
    """Passwords encoded and decoded, and every signing key; an empty password is not a secret."""
    found = SETTINGS.secrets()
    assert set(PASSWORDS.values()) <= set(found)
    assert {"canary-store%2Fpass", "canary-signing-new", "canary-signing-old"} <= set(found)
    without = {"store_uri": "sqlite:///x", "redis_url": "redis://h:1/0", "tracking_keys": ""}
    bare = SETTINGS.model_copy(update={name: SecretStr(it) for name, it in without.items()})
    assert "" not in bare.secrets()
    assert set(bare.secrets()) == {"canary-broker", "canary smtp", "canary%20smtp"}


def test_short_secret_makes_no_holes_in_words() -> None:
    """It is masked only where it appears as a password."""
    assert Redactor(["a"]).text("a boat: amqp://x:a@h") == "a boat: amqp://x:***@h"


@pytest.mark.parametrize("written", ["p w/'é", "p%20w%2F%27%C3%A9", "p%20w/%27%C3%A9", "p w/\\'é"])
def test_secret_is_known_however_it_is_written(written: str) -> None:
    """Plain, as part of an address, and as a Python repr."""
    assert Redactor(["p w/'é"]).text(f"with {written} it failed") == "with *** it failed"


PROGRAM = """
import threading, warnings
from local.team.logs import configure_logs
configure_logs("INFO", service="worker", secrets=["canary-secret"])
uri = "amqp://ann:canary-password@host//"
def fail(): raise OSError("thread " + uri + " canary-secret")
thread = threading.Thread(target=fail, name="t")
thread.start()
thread.join()
warnings.warn("warned " + uri)
import pymongo, redis
for connect in (lambda: pymongo.MongoClient("mongodb://a:canary/secret@h"), lambda: 1 / 0):
    try:
        connect()
    except Exception:
        import logging
        logging.getLogger().exception("no")
logging.getLogger("tried").info("three of them: %s %s %s", uri, "x")
raise OSError("process " + uri)
"""


def test_uncaught_exception_is_a_line_too() -> None:
    """From a process, a thread, warnings and the log itself: the library would print the arguments
    of a line that cannot be formatted. Nothing goes to stderr.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(60),
    )
    assert (done.returncode, done.stderr) == (1, "")
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert "canary" not in done.stdout
    assert "process amqp://ann:***@host//" in read[-1]["exception"]
    assert read[-1]["level"] == "critical"
    assert "thread t ends" in read[0]["event"]
    assert "warned amqp://ann:***@host//" in read[1]["event"]
    assert "<string>:18 gives arguments that do not fit" in read[-2]["event"]
    assert len(read) == 6


SAID_OF_A_TASK = [
    ("celery.beat", "Scheduler: Sending due task %s (%s)", ("sweep", "{name}")),
    ("celery.worker.strategy", "Task %(name)s[%(id)s] received", {"name": "{name}", "id": "1"}),
    ("celery.app.trace", "Task %(name)s[%(id)s] succeeded", {"name": "{name}", "id": "1"}),
]


@pytest.mark.parametrize(("level", "shown"), [("INFO", []), ("DEBUG", ["debug"])])
@pytest.mark.usefixtures("restored")
def test_sweeps_of_celery_are_logged_at_debug(level: str, shown: list[str]) -> None:
    """They come every second. A failed one is still an error; other tasks are unchanged."""
    stream = io.StringIO()
    configure_logs(level, service="worker", stream=stream)

    def levels(task: str, number: int) -> list[object]:
        """The levels of Celery's three lines about one task."""
        before = len(stream.getvalue())
        for name, message, given in SAID_OF_A_TASK:
            if isinstance(given, dict):
                arguments: object = {key: it.format(name=task) for key, it in given.items()}
                logging.getLogger(name).log(number, message, arguments)
            else:
                arguments = [it.format(name=task) for it in given]
                logging.getLogger(name).log(number, message, *arguments)
        said = stream.getvalue()[before:].splitlines()
        return [json.loads(line)["level"] for line in said]

    assert levels("sweep_task", logging.INFO) == shown * 3
    assert levels("sweep_task", logging.ERROR) == ["error"] * 3
    assert levels("another_task", logging.INFO) == ["info"] * 3
