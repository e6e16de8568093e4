"""A team's stack around a mailbox, for its tests to start, call and check."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
from kombu import Connection

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.flow.lead import ON_THEIR_WAY, State
from functions.runtime import Composition
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.campaigns.records import CampaignStatus
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from functions.service.services import Services
from harness.patience import until
from harness.servers.mailbox import Mailbox
from harness.servers.rabbitmq import Depth, RabbitServer
from harness.servers.redis import new_database
from harness.team.stack import CeleryProcess, environment
from local.team.queues import DEAD_LETTERS, EXCHANGE
from local.team.settings import TeamSettings
from local.team.wiring import compose

T = TypeVar("T")

SMTP_CONNECTIONS_MAX = 4
LEADS_MAX = 100_000


class Team:
    """A stack of which only the servers are started."""

    def __init__(
        self,
        folder: Path,
        rabbit: RabbitServer,
        mailbox: Mailbox,
        **more: str,
    ) -> None:
        """`more`: settings, as the environment spells them."""
        self._rabbit = rabbit
        self._vhost = folder.name
        self.broker_url = rabbit.add_vhost(self._vhost)
        self.redis_uri = new_database()
        self.mailbox = mailbox
        given = {
            "LEAD_LEASE_SECONDS": "4",
            "SEND_LEASE_SECONDS": "3",
            "SMTP_CONNECTIONS_MAX": str(SMTP_CONNECTIONS_MAX),
            **more,
        }
        self.environment = environment(
            store_uri=f"sqlite:///{folder / 'store.db'}",
            broker_url=self.broker_url,
            redis_url=self.redis_uri,
            smtp_uri=mailbox.uri,
            **given,
        )
        self._children: list[CeleryProcess] = []
        self.ask(lambda services: services.store.migrate())

    def start(self, *children: CeleryProcess) -> None:
        """All at once; returns when all are ready."""
        self._children += children
        for child in children:
            child.begin()
        for child in children:
            child.await_answer()

    def ask(self, question: Callable[[Services], Awaitable[T]]) -> T:
        """Run a function with our own services, on its own loop."""

        async def asked() -> T:
            settings = TeamSettings.read(self.environment)
            composition = Composition(partial(compose, settings))
            try:
                return await question(await composition.services())
            finally:
                await composition.close()

        return asyncio.run(asked())

    def post(self, *paths: str, then: Callable[[], None] = lambda: None) -> None:
        """To the API, one after the other; `then` is called after each answer."""

        async def posted() -> None:
            composition = Composition(partial(compose, TeamSettings.read(self.environment)))
            transport = httpx.ASGITransport(create_app(composition, lambda: NO_TOKENS))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                for path in paths:
                    (await client.post(path)).raise_for_status()
                    then()
            await composition.close()

        asyncio.run(posted())

    def launch(self, flow: Mapping[str, object], people: int, campaign_id: str = "c") -> None:
        """`p0@example.com` and so on."""
        rows = [Row(number, f"p{number}@example.com", {}) for number in range(people)]
        wanted = NewCampaign(campaign_id, campaign_id, flow, rows, launch=True)
        self.ask(lambda services: set_up_campaign(services.in_workspace(DEFAULT_WORKSPACE), wanted))

    def status(self, campaign_id: str = "c") -> CampaignStatus:
        (campaign,) = self.ask(
            lambda services: services.store.campaigns.find(DEFAULT_WORKSPACE, [campaign_id])
        )
        return campaign.status

    def is_completed(self, campaign_id: str = "c") -> bool:
        return self.status(campaign_id) is CampaignStatus.COMPLETED

    def received(self) -> Counter[tuple[str, str]]:
        """How often each recipient got each subject."""
        return Counter((it.recipient, it.subject) for it in self.mailbox.accepted)

    def publish(self, queue: str, body: bytes, headers: Mapping[str, object]) -> None:
        with Connection(self.broker_url) as connection, connection.channel() as channel:
            message = channel.prepare_message(
                body,
                content_type="application/json",
                content_encoding="utf-8",
                headers=dict(headers),
            )
            channel.basic_publish(message, exchange=EXCHANGE, routing_key=queue)

    def depths(self) -> dict[str, Depth]:
        """Of every queue, by name."""
        return self._rabbit.depths(self._vhost)

    def dead_letters(self) -> list[bytes]:
        """Takes the dead letters out of their queue."""
        found = []
        with Connection(self.broker_url) as connection, connection.channel() as channel:
            while (message := channel.basic_get(DEAD_LETTERS, no_ack=True)) is not None:
                body = message.body
                found.append(body.encode() if isinstance(body, str) else bytes(body))
        return found

    def active(self, campaign_id: str = "c") -> Counter[State]:
        """The number of leads in each state, without ended ones."""
        leads = self.ask(
            lambda services: services.store.leads.page(
                campaign_id, after_seq=0, limit=LEADS_MAX, statuses=ON_THEIR_WAY
            )
        )
        return Counter(it.lead.state for it in leads)

    def until(self, condition: Callable[[], bool]) -> None:
        until(
            condition,
            seconds=90,
            told=lambda: "\n".join(child.output()[-3000:] for child in self._children),
        )

    def close(self) -> None:
        # At once, because each takes a second or two to finish its work.
        with ThreadPoolExecutor() as pool:
            list(pool.map(CeleryProcess.close, self._children))
        self._rabbit.delete_vhost(self._vhost)


def job(task: str, **arguments: object) -> tuple[bytes, dict[str, object]]:
    """Body and headers of a Celery message."""
    headers: dict[str, object] = {"lang": "py", "task": task, "id": f"id-of-{task}"}
    return json.dumps([[], arguments, {}]).encode(), headers
