"""Traces: from a request through its jobs to the batch that runs them."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import Receive, Scope, Send

from functions.access import NO_TOKENS
from functions.api.app import create_app
from harness.fakes.scenes import in_world
from harness.fakes.world import FakeWorld
from local.team import traces
from local.team.traces import (
    TracedRequests,
    batch_span,
    configure_traces,
    current_ids,
    current_traceparent,
)

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    stop = traces.use_processor("tests", SimpleSpanProcessor(exporter))
    yield exporter
    stop()


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def linked(span: ReadableSpan) -> list[tuple[int, int]]:
    return [(it.context.trace_id, it.context.span_id) for it in span.links]


async def get(app: TracedRequests, path: str, headers: dict[str, str] | None = None) -> int:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get(path, headers=headers)).status_code


@in_world
async def test_request_is_a_span_under_its_route(
    world: FakeWorld, exported: InMemorySpanExporter
) -> None:
    """Within the caller's trace, without the values of the address."""
    app = TracedRequests(create_app(world, lambda: NO_TOKENS))
    assert await get(app, "/campaigns/ann-secret?token=x", {"traceparent": CALLER}) == 404
    (span,) = exported.get_finished_spans()
    route = "/campaigns/{campaign_id}"
    assert (span.name, span.kind) == (f"GET {route}", SpanKind.SERVER)
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": route,
        "http.response.status_code": 404,
    }
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" in CALLER
    assert span.resource.attributes["service.name"] == "emailbuilder-tests"
    assert "secret" not in span.to_json()


def test_jobs_lead_from_a_request_to_their_batch_and_on(exported: InMemorySpanExporter) -> None:
    """A batch links once to each request or batch that its jobs came from, and to nothing
    unreadable; jobs that it dispatches come from it.
    """
    headers: list[str | None] = []

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        headers.append(current_traceparent())
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body"})

    async def story() -> None:
        for _ in range(2):
            await get(TracedRequests(dispatch), "/launch")
        garbage = [None, "", "x", "00-0-0-00", "0" * 9000, 7]
        with batch_span("celery", [*headers, *headers, *garbage]):  # type: ignore[list-item]
            headers.append(current_traceparent())
        with batch_span("send_email", [headers[-1]]):
            assert current_ids() is not None

    asyncio.run(story())
    first, second, batch, after = exported.get_finished_spans()
    assert linked(batch) == [ids(first), ids(second)]
    assert (batch.name, batch.kind, batch.parent) == ("batch celery", SpanKind.CONSUMER, None)
    assert batch.attributes is not None
    assert batch.attributes["messaging.batch.message_count"] == 10
    assert linked(after) == [ids(batch)]
    assert current_traceparent() is None


def test_batch_is_followed_into_the_loop_of_another_thread(exported: InMemorySpanExporter) -> None:
    """As a worker hands its batches to its event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def seen() -> str | None:
        return current_traceparent()

    with batch_span("celery", []):
        inside = asyncio.run_coroutine_threadsafe(seen(), loop).result()
        assert inside == current_traceparent() is not None
    assert asyncio.run_coroutine_threadsafe(seen(), loop).result() is None
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_links_are_bounded(exported: InMemorySpanExporter) -> None:
    """However many requests the jobs of a batch came from."""
    parents = [f"00-{number:032x}-{number:016x}-01" for number in range(1, 500)]
    with batch_span("celery", parents):
        pass
    (span,) = exported.get_finished_spans()
    assert len(span.links) == traces.LINKS_MAX


@in_world
async def test_errors_show_without_their_text(
    world: FakeWorld, exported: InMemorySpanExporter
) -> None:
    """A failed batch and a request that raised; addresses are not exported."""
    message = "amqp://ann:canary@host"
    with pytest.raises(OSError, match="canary"), batch_span("celery", [CALLER]):
        raise OSError(message)

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError(message)

    assert await get(TracedRequests(broken), "/") == 500
    world.is_broken = True
    assert await get(TracedRequests(create_app(world, lambda: NO_TOKENS)), "/campaigns") == 503
    spans = exported.get_finished_spans()
    assert [it.status.status_code for it in spans] == [StatusCode.ERROR] * 3
    assert [it.status.description for it in spans] == ["OSError", "OSError", None]
    assert not any("canary" in it.to_json() for it in spans)


def test_nothing_where_no_collector_is_configured() -> None:
    """No span, no header, and the app is called directly."""
    stop = configure_traces("tests", "")
    with batch_span("celery", [CALLER]):
        assert (current_traceparent(), current_ids()) == (None, None)
    stop()


class Collector(HTTPServer):
    """Accepts posts like an OpenTelemetry collector."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.posted: list[tuple[str, ExportTraceServiceRequest]] = []
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posted.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        return


def test_collector_is_sent_what_happened() -> None:
    """As OTLP over HTTP, at the latest on shutdown."""
    collector = Collector()
    try:
        stop = configure_traces("worker", collector.uri + "/")
        with batch_span("celery", [CALLER]):
            pass
        stop()
    finally:
        collector.end()
    ((path, request),) = collector.posted
    assert path == "/v1/traces"
    (of_service,) = request.resource_spans
    names = {it.key: it.value.string_value for it in of_service.resource.attributes}
    assert names["service.name"] == "emailbuilder-worker"
    (span,) = of_service.scope_spans[0].spans
    assert span.name == "batch celery"
    assert f"{span.links[0].trace_id.hex()}-{span.links[0].span_id.hex()}" in CALLER


def test_collector_that_is_down_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    """Work continues, shutdown works, and the log reports it."""
    collector = Collector()
    collector.end()
    stop = configure_traces("worker", collector.uri)
    with batch_span("celery", []), caplog.at_level(logging.WARNING):
        pass
    stop()
    assert current_traceparent() is None
    assert any("opentelemetry" in it.name for it in caplog.records)
