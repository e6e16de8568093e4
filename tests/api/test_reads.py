"""A GET writes nothing: each is sent to a store that refuses every write.

The routes come from OpenAPI, so a new one is tested from the day it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.mail.compose import OPEN_PATH
from functions.mail.tokens import OpenToken
from functions.service.operations.records import DeadLetter
from functions.service.sending.dkim_keys import create_dkim_key
from harness.fakes.client import api_client
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.signing import able_to_sign
from harness.fakes.world import KEYRING, FakeWorld
from harness.simulation.faulty_store import PORTS, Around, Method, layered

READS: Mapping[str, frozenset[str]] = {
    "sending_accounts": frozenset({"find"}),
    "dkim_keys": frozenset({"all", "of_domain"}),
    "idempotency_records": frozenset(),
    "campaigns": frozenset(
        {
            "find",
            "find_anywhere",
            "page",
            "tally",
            "version",
            "with_status",
            "with_status_anywhere",
        }
    ),
    "contacts": frozenset({"beginning", "existing", "find", "last_seq", "page", "total"}),
    "counts": frozenset({"find", "outcome_since"}),
    "tracking_events": frozenset({"of_leads", "unsettled"}),
    "jobs": frozenset({"find", "page"}),
    "journal": frozenset({"leads_tracked", "of_lead", "unrolled", "unrolled_campaigns"}),
    "leads": frozenset({"find", "in_flight", "oldest_due", "page", "recount", "undrained"}),
    "messages": frozenset({"find", "leads_sent", "of_lead", "page", "turned_late"}),
    "restorations": frozenset({"choices", "find"}),
    "results": frozenset({"find", "of_campaign"}),
    "suppressions": frozenset({"find", "page"}),
    "suppression_removals": frozenset({"page"}),
    "full_mailboxes": frozenset({"count"}),
    "uploads": frozenset({"abandoned_anywhere", "read"}),
    "workspace_settings": frozenset({"find"}),
}
"""The methods of each port that write nothing. All others are refused."""


class _ReadOnly(Around):
    def __init__(self, port: str, inner: object, refused: list[str]) -> None:
        super().__init__(inner)
        self._port = port
        self._refused = refused

    def __getattr__(self, name: str) -> Method:
        if name in READS[self._port]:
            return super().__getattr__(name)
        self._refused.append(f"{self._port}.{name}")
        raise PermissionError(f"{self._port}.{name} writes")


def read_only(world: FakeWorld, refused: list[str]) -> None:
    """Makes the world read-only from here on; refused writes are recorded."""

    def around(port: str) -> Callable[[object], object]:
        return lambda inner: _ReadOnly(port, inner, refused)

    store = layered(world.store, {port: around(port) for port in PORTS})
    world.made = replace(world.made, store=store)


async def populated(client: httpx.AsyncClient, world: FakeWorld) -> dict[str, str]:
    """A running campaign with everything there is to read; its ids by their names in paths."""
    contacts = [{"email": "ann@example.com"}, {"email": "bob"}]
    body = {**flow([email("a"), wait("w", 60)], "a>w"), "contacts": contacts}
    created = await client.post("/campaigns", json={"campaign_id": "x", **body, "launch": True})
    await world.settle()
    (lead,) = (await client.get("/campaigns/x/leads")).json()["leads"]
    dead_letter = DeadLetter(
        dead_letter_id="letter", source="send_email", reason="rejected", at=BEGINNING, size_bytes=2
    )
    able_to_sign(world)
    await create_dkim_key(world.made, "example.com", "ed25519")
    world.dead_letters.lying.append((dead_letter, b"{}"))
    pixel = OPEN_PATH + KEYRING.sign(OpenToken(lead["lead_id"], "a", visit=1, resend_number=1))
    assert (await client.get(pixel)).status_code == 200
    return {
        "campaign_id": "x",
        "job_id": created.json()["import_job"]["job_id"],
        "lead_id": lead["lead_id"],
        "version": "1",
        "seq": "1",
        "dead_letter_id": "letter",
        "domain": "example.com",
    }


@in_world
async def test_no_get_writes_to_the_store(world: FakeWorld) -> None:
    """Each answers as ever. The journal holds what no roll-up has counted yet."""
    refused: list[str] = []
    async with api_client(world) as client:
        ids = await populated(client, world)
        assert await world.store.journal.unrolled("x", 9)
        read_only(world, refused)
        tried = 0
        for path, operations in create_app(world, lambda: NO_TOKENS).openapi()["paths"].items():
            if "get" in operations:
                answer = await client.get(path.format(**ids))
                assert (answer.status_code, refused) == (200, []), f"{path}: {answer.text}"
                tried += 1
        assert tried > 15
        opened = (await client.get("/campaigns/x")).json()["counts"]["nodes"]["a"]["opened"]
        assert opened == 1
        await client.post("/campaigns/x/pause")
        assert refused == ["campaigns.replace"]
