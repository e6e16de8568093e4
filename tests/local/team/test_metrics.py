"""The metrics of a worker, as Prometheus reads them."""

import math
import socket
import timeit
from urllib.request import urlopen

import httpx
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.api.http.metrics import Metrics
from functions.service.observer import Observer
from harness.fakes.client import HOSTS
from harness.fakes.scenes import in_world
from harness.fakes.world import PUBLIC_URL, FakeWorld
from local.team.metrics import PrometheusObserver, start_metrics_server


def told(observer: Observer) -> None:
    observer.batch("send_email", {"done": 7, "failed": 0}, 0.2)
    observer.batch("send_email", {"again": 2}, 40)
    observer.messages({"sent": 6, "rejected": 1})
    observer.resumed([0.04, 0.3, 7200])
    observer.window(150, 2000)
    observer.overdue(1.5)


WANTED = {
    'emailbuilder_jobs_total{outcome="done",queue="send_email"}': 7,
    'emailbuilder_jobs_total{outcome="again",queue="send_email"}': 2,
    'emailbuilder_messages_total{outcome="sent"}': 6,
    'emailbuilder_messages_total{outcome="rejected"}': 1,
    'emailbuilder_batch_seconds_bucket{le="0.25",queue="send_email"}': 1,
    'emailbuilder_batch_seconds_count{queue="send_email"}': 2,
    'emailbuilder_batch_seconds_sum{queue="send_email"}': 40.2,
    'emailbuilder_wait_lateness_seconds_bucket{le="0.05"}': 1,
    'emailbuilder_wait_lateness_seconds_bucket{le="0.5"}': 2,
    'emailbuilder_wait_lateness_seconds_bucket{le="+Inf"}': 3,
    "emailbuilder_window_jobs": 150,
    "emailbuilder_window_jobs_max": 2000,
    "emailbuilder_oldest_overdue_seconds": 1.5,
}


def samples(page: str) -> dict[str, float]:
    """By name and labels, labels in alphabetical order."""
    found = {}
    for family in text_string_to_metric_families(page):
        for it in family.samples:
            labels = ",".join(f'{name}="{label}"' for name, label in sorted(it.labels.items()))
            found[f"{it.name}{{{labels}}}" if labels else it.name] = it.value
    return found


def test_worker_serves_its_metrics() -> None:
    """Over HTTP, with the metrics of its process; once it has ended, the port is free again."""
    observer = PrometheusObserver()
    told(observer)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stop = start_metrics_server(port, observer.registry)
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            page = samples(answer.read().decode())
    finally:
        stop()
    assert {name: page.get(name) for name in WANTED} == WANTED
    assert page["process_resident_memory_bytes"] > 1e6
    assert 'emailbuilder_jobs_total{outcome="failed",queue="send_email"}' not in page
    start_metrics_server(port, observer.registry)()


@in_world
async def test_backend_shows_both_on_one_page(world: FakeWorld) -> None:
    """The metrics of the API and of an observer, in one registry, without duplicate names."""
    registry = CollectorRegistry()
    told(PrometheusObserver(registry))
    app = create_app(world, lambda: NO_TOKENS, metrics=Metrics(registry), hosts=lambda: HOSTS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL) as client:
        await client.get("/health/live")
        text = (await client.get("/metrics")).text
    page = samples(text)
    assert {name: page.get(name) for name in WANTED} == WANTED
    route = 'emailbuilder_http_requests_total{method="GET",route="/health/live",status="200"}'
    assert page[route] == 1
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_overdue_is_unknown_before_the_first_sweep() -> None:
    """A worker that never swept must not report that no lead is late."""
    page = samples(generate_latest(PrometheusObserver().registry).decode())
    assert math.isnan(page["emailbuilder_oldest_overdue_seconds"])


def main() -> None:
    """`python -m tests.local.team.test_metrics`: what observing costs per batch of 100 leads."""
    observer = PrometheusObserver()
    lateness = [0.3] * 100
    outcomes = {"sent": 100}

    def one_batch() -> None:
        observer.batch("send_email", {"done": 100, "failed": 0}, 0.2)
        observer.messages(outcomes)
        observer.resumed(lateness)

    seconds = min(timeit.repeat(one_batch, number=1000, repeat=5))
    print(f"{seconds * 1e6 / 1000 / 100:.2f} µs a lead")


if __name__ == "__main__":
    main()
