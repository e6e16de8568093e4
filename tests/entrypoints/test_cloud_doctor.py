"""The doctor of the deployed functions."""

import asyncio

import pytest

from functions import wiring
from functions.adapters.sqlite import SqliteStore
from functions.service.operations.look_at_system import look_at_system
from functions.service.operations.records import CheckState
from functions.settings import Settings
from harness.fakes.clock import FakeClock
from harness.patience import patience
from harness.servers.child import HOST, free_port
from tests.diagnoses import valid


def test_cloud_with_queues_and_mail_down_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It answers within seconds, although AWS's client would retry for minutes; sweeps are unknown
    there.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    nowhere = f"http://{HOST}:{free_port()}"
    settings = Settings.read(
        {
            "STORE_URI": "mongodb://ann:canary@nowhere/x",
            "SEND_QUEUE_URL": f"{nowhere}/1/sends",
            "RESUME_QUEUE_URL": f"{nowhere}/1/resumes",
            "SEND_DEAD_LETTERS_URL": f"{nowhere}/1/dead-sends",
            "RESUME_DEAD_LETTERS_URL": f"{nowhere}/1/dead-resumes",
            "SENDER": "ann@example.com",
            "PUBLIC_URL": "https://mail.example.com",
            "TRACKING_KEYS": "k1:canary-of-a-good-length",
            "MAIL_TRANSPORT": "smtp",
            "SMTP_URI": f"smtp://{HOST}:{free_port()}",
            "AWS_ENDPOINT_URL": nowhere,
        }
    )

    async def look() -> None:
        store = await SqliteStore.open(":memory:", clock=FakeClock(), inline=True)
        await store.migrate()
        services = await wiring.compose(settings, store)
        async with asyncio.timeout(patience(30)):
            report = await look_at_system(services)
        checks = valid(report.diagnosis)
        assert {name: it.state for name, it in checks.items()} == {
            "store": CheckState.OK,
            "broker": CheckState.FAILED,
            "mail": CheckState.FAILED,
        }
        assert checks["broker"].message == "Does not answer (BrokerAwayError)."
        assert (report.diagnosis.swept, report.diagnosis.workers) == (None, None)
        await services.doctor.close()
        await services.dead_letters.close()
        await services.dispatcher.close()
        await store.close()

    asyncio.run(look())
