"""The two transports that bring jobs to the use cases, behind one interface.

Both are real, except for the broker of the first: the deployed handlers, invoked with Lambda's
events from emulated queues; and Celery's worker and scheduler as separate processes, on RabbitMQ
and Redis.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from functions.resume_lead import handler as resume_handler
from functions.runtime import Composition, Runtime
from functions.send_email import handler as send_handler
from functions.service.services import Services
from harness.servers.mailbox import Mailbox
from harness.team.stack import scheduler, worker
from local.cloud.cloud import Cloud, CloudSettings
from local.settings import LocalSettings
from local.team.queues import RESUMES, SENDS
from local.wiring import Addresses, make_compose
from tests.team.team import Team

T = TypeVar("T")

Question = Callable[[Services], Awaitable[T]]


class Transport(Protocol):
    def ask(self, question: Question[T]) -> T:
        """Runs a function with the services, on their own loop."""
        ...

    def put(self, *, is_send: bool, body: object) -> None:
        """Puts a job on a queue: text unchanged, anything else as JSON."""
        ...

    def take_dead_letters(self) -> list[object]:
        """The bodies of the dead letters since the last call, as they were put."""
        ...


class OverSqs:
    def __init__(self, cloud: Cloud, runtime: Runtime) -> None:
        self._cloud = cloud
        self._runtime = runtime

    def ask(self, question: Question[T]) -> T:
        async def asked() -> T:
            return await question(services)

        services = self._runtime.services
        return self._runtime.run(asked())

    def put(self, *, is_send: bool, body: object) -> None:
        url = self._cloud.queue_url("SendQueue" if is_send else "ResumeQueue")
        text = body if isinstance(body, str) else json.dumps(body)
        self._cloud.sqs_client().send_message(QueueUrl=url, MessageBody=text)

    def take_dead_letters(self) -> list[object]:
        sqs, found = self._cloud.sqs_client(), []
        for name in ("SendDeadLetters", "ResumeDeadLetters"):
            url = self._cloud.queue_url(name)
            while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
                "Messages"
            ):
                for message in received:
                    found.append(_read(message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


class OverCelery:
    def __init__(self, team: Team) -> None:
        self._team = team

    def ask(self, question: Question[T]) -> T:
        return self._team.ask(question)

    def put(self, *, is_send: bool, body: object) -> None:
        name = "send_email_task" if is_send else "resume_lead_task"
        text = body if isinstance(body, str) else json.dumps([[], body, {}])
        headers = {"lang": "py", "task": name, "id": "bad"}
        self._team.publish(SENDS if is_send else RESUMES, text.encode(), headers)

    def take_dead_letters(self) -> list[object]:
        read = (_read(dead_letter.decode()) for dead_letter in self._team.dead_letters())
        return [it[1] if isinstance(it, list) else it for it in read]


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@contextmanager
def over_sqs(home: Path, mailbox: Mailbox, team: Team) -> Iterator[Transport]:
    """With the addresses, sender and keys of `team`, so that mails can be compared."""
    given = team.environment
    home.mkdir()
    (home / "tracking_keys").write_text(given["TRACKING_KEYS"])
    settings = LocalSettings(home=home, sender=given["SENDER"])
    # Failed jobs come back after this time, five times.
    cloud = Cloud(CloudSettings(sweep_seconds=settings.sweep_seconds, visibility_seconds=2))
    compose = make_compose(settings, cloud, Addresses(given["PUBLIC_URL"], mailbox.uri))
    runtime = Runtime(Composition(compose))
    runtime.run(runtime.services.store.migrate())
    for module in (send_handler, resume_handler):
        module.use(runtime)
    cloud.start()
    try:
        yield OverSqs(cloud, runtime)
    finally:
        cloud.stop()
        for module in (send_handler, resume_handler):
            module.use(None)
        runtime.close()


@contextmanager
def over_celery(team: Team) -> Iterator[Transport]:
    team.start(scheduler(team.environment), worker(team.environment, "w1"))
    yield OverCelery(team)
