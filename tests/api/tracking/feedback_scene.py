"""Ann got a mail, and others report what became of it."""

import httpx

from functions.mail.address import email_key
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Suppression
from harness.fakes.scenes import ANN
from harness.fakes.world import FakeWorld


class FeedbackScene:
    """Ann got `mail`, of the node `a` of campaign `c`."""

    def __init__(self, world: FakeWorld, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client
        self.mail: Envelope = world.transport.sent[0]

    async def suppression(self) -> Suppression | None:
        found = await self.world.store.suppressions.find([(DEFAULT_WORKSPACE, email_key(ANN))])
        return found[0] if found else None

    async def counted(self, what: str) -> int:
        await self.world.settle()
        (counts,) = await self.world.store.counts.find(["c"])
        return counts.values.get(f"total/a/{what}", 0)


def results_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    results: list[str] = answer.json()["results"]
    return results
