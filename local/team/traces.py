"""Traces: from a request through its jobs to the batch that runs them.

They are on only if a collector is configured; otherwise every function here only reads one
variable. A batch has many parents, so its span *links* to them; jobs dispatched within it name the
batch's span. The identifiers travel as W3C `traceparent` headers, both in Celery messages and in
requests.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Tracer
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINKS_MAX = 100
"""The most links of a batch's span; jobs of one request or batch have the same parent and share a
link.
"""
TRACEPARENT_CHARS_MAX = 64
FLUSH_MS_MAX = 3000

_tracer: "Tracer | None" = None


def configure_traces(service: str, endpoint: str) -> Callable[[], None]:
    """Spans of `service` go to the collector at `endpoint` (OTLP over HTTP, in the background); ""
    configures nothing. Call the returned function at the end: it sends the remaining spans.
    """
    if not endpoint:
        return lambda: None
    # Imported here, because it takes a tenth of a second that a process without a collector saves.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    return use_processor(service, BatchSpanProcessor(exporter))


def use_processor(service: str, processor: "SpanProcessor") -> Callable[[], None]:
    """Spans go to `processor` until the returned function is called."""
    global _tracer
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create({"service.name": f"emailbuilder-{service}"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("emailbuilder")
    return lambda: _stop(provider)


def _stop(provider: "TracerProvider") -> None:
    global _tracer
    _tracer = None
    provider.force_flush(FLUSH_MS_MAX)
    provider.shutdown()


def current_traceparent() -> str | None:
    """The span in which a job is dispatched, to be sent along with it."""
    span = _current()
    if span is None:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def current_ids() -> tuple[str, str] | None:
    """(trace id, span id), as collectors display them."""
    span = _current()
    return None if span is None else (f"{span.trace_id:032x}", f"{span.span_id:016x}")


@contextmanager
def batch_span(queue: str, traceparents: Sequence[str | None]) -> Iterator[None]:
    """Surrounds the handling of one batch. `traceparents`: those of its jobs, as received;
    unreadable ones are left out. It works across `run_coroutine_threadsafe`, which carries the
    context.
    """
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    attributes: dict[str, str | int] = {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": queue,
        "messaging.batch.message_count": len(traceparents),
    }
    with _span(
        _tracer, f"batch {queue}", SpanKind.CONSUMER, attributes, links=_links(traceparents)
    ):
        yield


class TracedRequests:
    """ASGI middleware: a server span for each request, within the caller's trace if it names one.
    Without a collector, `app` runs outside of any span.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if _tracer is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode

        method: str = scope["method"]
        context = _context_of(_named_by(scope))
        # The path may contain a reader's token; the route's template, known later, does not.
        attributes = {"http.request.method": method}
        with _span(_tracer, method, SpanKind.SERVER, attributes, context=context) as span:

            async def sending(message: "Message") -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, sending)
            finally:
                route = getattr(scope.get("route"), "path", None)
                if route is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)


def _current() -> "SpanContext | None":
    if _tracer is None:
        return None
    from opentelemetry.trace import get_current_span

    span = get_current_span().get_span_context()
    return span if span.is_valid else None


def _links(traceparents: Sequence[str | None]) -> "list[Link]":
    from opentelemetry.trace import Link, get_current_span

    # Anyone who can reach the broker can put anything into a header.
    distinct = list(dict.fromkeys(it for it in traceparents if isinstance(it, str)))[:LINKS_MAX]
    spans = [get_current_span(_context_of(it)).get_span_context() for it in distinct]
    return [Link(span) for span in spans if span.is_valid]


def _context_of(traceparent: str) -> "Context":
    """Empty if it cannot be read."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if len(traceparent) > TRACEPARENT_CHARS_MAX:
        return Context()
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())


def _named_by(scope: "Scope") -> str:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            traceparent: str = value.decode("latin-1")
            return traceparent
    return ""


@contextmanager
def _span(
    tracer: "Tracer",
    name: str,
    kind: "SpanKind",
    attributes: Mapping[str, str | int],
    *,
    context: "Context | None" = None,
    links: "Sequence[Link]" = (),
) -> "Iterator[Span]":
    """Records only the type of an error: its text may contain addresses and passwords."""
    from opentelemetry.trace import StatusCode

    with tracer.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=attributes,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as problem:
            span.set_status(StatusCode.ERROR, type(problem).__name__)
            raise
