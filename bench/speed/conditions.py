"""The conditions of the measurement, queried from the parts themselves."""

import os
import platform
from collections.abc import Mapping
from contextlib import closing
from email import message_from_bytes
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.speed.campaign import finished_messages
from functions.adapters.sqlite.database import connect
from functions.mail.compose import OPEN_PATH
from functions.mail.links import CLICK_PATH
from harness.team.stack import environment
from local.team.queues import WORK_QUEUES
from local.team.settings import TeamSettings
from local.team.wiring import compose
from local.team.worker import make_app

_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
_ADDRESSES = ("store_uri", "broker_url", "redis_url", "smtp_uri", "rabbitmq_page", "metrics_page")


def conditions() -> Mapping[str, str]:
    """Sentences by name."""
    settings = TeamSettings.read(
        environment(
            store_uri="sqlite:///x",
            broker_url="amqp://x",
            redis_url="redis://x",
            smtp_uri="smtp://x",
        )
    )
    return {
        "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
        "sqlite": _sqlite(),
        "celery": _celery(settings),
        "message": _message(),
        "settings": " ".join(
            f"{name}={value}" for name, value in settings if name not in _ADDRESSES
        ),
        "always on": "journal, counts, suppression list, claims and marks before each mail",
    }


def _sqlite() -> str:
    with TemporaryDirectory() as folder, closing(connect(str(Path(folder, "x")), 100)) as opened:
        (synchronous,) = opened.execute("PRAGMA synchronous").fetchone()
        (mode,) = opened.execute("PRAGMA journal_mode").fetchone()
    return f"synchronous={_SYNCHRONOUS[synchronous]} journal_mode={mode}"


def _celery(settings: TeamSettings) -> str:
    app = make_app(settings, partial(compose, settings))
    kinds = {
        it.name: (it.queue_arguments or {}).get("x-queue-type", "classic") for it in WORK_QUEUES
    }
    queues = " ".join(f"{name}:{kind}" for name, kind in kinds.items())
    return f"acks_late={app.conf.task_acks_late} pool=threads queues {queues}"


def _message() -> str:
    content = finished_messages(1)[0]
    _, _, html_part = message_from_bytes(content).walk()
    html = html_part.get_payload(decode=True)
    assert isinstance(html, bytes)
    opens, clicks = html.count(OPEN_PATH.encode()), html.count(CLICK_PATH.encode())
    return f"{len(content):,} bytes, {opens} pixel and {clicks} tracked links, signed"
