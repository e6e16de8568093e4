"""Logs: one JSON object per line on stdout from every logger, without secrets.

The standard library's loggers (ours, uvicorn's, Celery's) and structlog's share one handler.
Invariant: every line passes through the redactor last, including exception texts and uncaught
exceptions. docs/operations.md lists the fields.
"""

import logging
import sys
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from local.team.redaction import Redactor
from local.team.traces import current_ids

Service = Literal["backend", "worker", "scheduler", "receiver", "cli"]

_FIRST = ("time", "level", "service", "logger", "event")
_OWN_HANDLERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "celery", "celery.task")
"""Loggers that get their own handlers, which have to be removed."""
_OF_SWEEPS = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
"""Celery's loggers that report each sweep as sent, received and succeeded, every second."""

logger = logging.getLogger(__name__)


def configure_logs(
    level: str, *, service: Service, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Configure the logs of this process. Another call replaces the configuration.

    `level`: DEBUG, INFO, WARNING, ERROR. `secrets`: `TeamSettings.secrets()`. `stream` is stdout
    except in tests. Celery calls it through its signal `setup_logging` and then does not touch the
    loggers; uvicorn runs with `log_config=None`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _of(service),
        _with_trace,
    ]
    redactor = Redactor(secrets)
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, ExtraAdder()],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                _redacted_by(redactor),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _OWN_HANDLERS:
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    for name in _OF_SWEEPS:
        logging.getLogger(name).addFilter(_demote_sweeps)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_of_thread


def bound(**ids: str | int) -> AbstractContextManager[None]:
    """Every line logged within this block, by this thread or asyncio task and those started in it,
    carries these fields.
    """
    return structlog.contextvars.bound_contextvars(**ids)


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """The library would print the arguments, including secrets, to stderr."""
        if isinstance(sys.exc_info()[1], OSError):
            return  # Nobody reads the stream any more.
        place = f"{record.pathname}:{record.lineno}"
        broken = logging.LogRecord(
            record.name, logging.ERROR, record.pathname, record.lineno, "", None, None
        )
        broken.msg = f"a line could not be logged: {place} gives arguments that do not fit"
        self.stream.write(self.format(broken) + self.terminator)
        self.flush()


def _demote_sweeps(record: logging.LogRecord) -> bool:
    """Demotes to DEBUG: a sweep that found work logs its own line (`local/team/worker.py`)."""
    if record.levelno == logging.INFO and "sweep_task" in record.getMessage():
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return logging.getLogger(record.name).isEnabledFor(record.levelno)


def _of(service: Service) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _with_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    ids = current_ids()
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    return event


def _redacted_by(redactor: Redactor) -> Processor:
    def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.pop("color_message", None)  # uvicorn logs this twice
        fields = redactor.fields(event)
        first = {name: fields.pop(name) for name in _FIRST if name in fields}
        return {**first, **fields}

    return redact


def _log_uncaught(
    kind: type[BaseException], problem: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("uncaught: the process ends", exc_info=(kind, problem, trace))


def _log_uncaught_of_thread(it: threading.ExceptHookArgs) -> None:
    if it.exc_value is None:
        return
    name = it.thread.name if it.thread else "?"
    logger.critical(
        "uncaught: thread %s ends", name, exc_info=(it.exc_type, it.exc_value, it.exc_traceback)
    )
