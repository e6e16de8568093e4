"""Reads of the API and tracking events with a million leads, over HTTP, one request at a time.

No request is repeated: pages, leads and tokens are scattered over the whole campaign, so no cache
contains them. The response to an event comes after it was stored and its lead, if it moves, has
moved.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.speed.million import CAMPAIGN, build, lead_id, watches
from bench.store import scatter
from functions.access import new_api_token
from functions.mail.compose import OPEN_PATH
from functions.mail.links import CLICK_PATH
from functions.mail.tokens import ClickToken, Keyring, OpenToken
from harness.servers.rabbitmq import RabbitServer
from harness.team.stack import Backend, environment

REQUESTS = 500
WARM_UP = 20
LINK = "https://example.com/start"

Latencies = Mapping[str, list[float]]
"""Milliseconds by kind of request."""


def measure(rabbit: RabbitServer, redis_url: str, count: int) -> Latencies:
    """Every event moves or marks a different lead, so a small campaign has fewer events."""
    with TemporaryDirectory(prefix="emailbuilder-speed-") as folder:
        path = Path(folder) / "store.db"
        build(path, count)
        given = environment(
            store_uri=f"sqlite:///{path}",
            broker_url=rabbit.add_vhost("api"),
            redis_url=redis_url,
            smtp_uri="smtp://127.0.0.1:9",
        )
        keyring = Keyring.parse(given["TRACKING_KEYS"])
        token = new_api_token()
        with (
            Backend({**given, "API_TOKEN": token}) as backend,
            httpx.Client(base_url=backend.url) as client,
        ):
            client.headers["Authorization"] = f"Bearer {token}"
            found = _ask_all(client, keyring, count)
        rabbit.delete_vhost("api")
    return found


def _ask_all(client: httpx.Client, keyring: Keyring, count: int) -> Latencies:
    at = f"/api/v1/campaigns/{CAMPAIGN}"

    def seq_of(number: int, even: bool | None = None) -> int:
        seq = scatter(number, count) + 1
        return seq if even is None or watches(seq) == even else seq % count + 1

    def click(number: int) -> str:
        lead = lead_id(seq_of(number, even=True))
        return CLICK_PATH + keyring.sign(ClickToken(lead, "email-1", 1, 1, LINK, LINK))

    def opened(number: int) -> str:
        lead = lead_id(seq_of(number, even=False))
        return OPEN_PATH + keyring.sign(OpenToken(lead, "email-1", 1, 1))

    asked: dict[str, tuple[int, Callable[[int], str]]] = {
        "leads, a page of 50": (200, lambda n: f"{at}/leads?after_seq={seq_of(n) - 1}&limit=50"),
        "leads, by status and node": (
            200,
            lambda n: f"{at}/leads?status=paused&node=clicked&after_seq={seq_of(n) - 1}",
        ),
        "leads, by address": (200, lambda n: f"{at}/leads?email=reader{seq_of(n)}@"),
        "counts": (200, lambda _: at),
        "counts that changed": (200, lambda _: f"{at}/live?since=1"),
        "one lead with its story": (200, lambda n: f"{at}/leads/{lead_id(seq_of(n))}"),
        "event: an open, stored": (200, opened),
        "event: a click that moves a lead": (302, click),
    }
    return {name: _latencies(client, *it, count) for name, it in asked.items()}


def _latencies(
    client: httpx.Client, status: int, path_of: Callable[[int], str], count: int
) -> list[float]:
    latencies = []
    for number in range(min(WARM_UP + REQUESTS, count // 2)):
        path = path_of(number)
        began = time.perf_counter()
        answer = client.get(path)
        latencies.append((time.perf_counter() - began) * 1000)
        if answer.status_code != status:
            raise AssertionError(f"{path} answered {answer.status_code}: {answer.text[:200]}")
    return latencies[min(WARM_UP, len(latencies) // 2) :]
