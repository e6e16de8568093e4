"""All steps: build, try out, scale, kill, stop; on a server behind TLS; with an external MongoDB
and Redis.
"""

import os
import signal
from collections.abc import Callable

from tests.compose.engine import kept, production
from tests.compose.engine.browser import Browser, expect, expected
from tests.compose.engine.checkout import STEADY_SECONDS, Checkout
from tests.compose.engine.daemon import Daemon
from tests.compose.engine.short import INTERFACE, run_campaign
from tests.compose.engine.steps import step

PEOPLE = 50
PEOPLE_UNDER_FIRE = 300
WORKERS = 3
FIRE_SECONDS_MAX = 300
SHELF = "import dbm; print(dbm.whichdb('/tmp/celerybeat-schedule'))"


def play(daemon: Daemon) -> None:
    checkout = Checkout(daemon)
    with step("build our images"):
        checkout.build()
        kept.note_built(("interface",))
    with step("start, until all are healthy"):
        checkout.compose("up", "-d")
        checkout.await_health()
    browser = Browser(INTERFACE)
    with step("sign in, launch a campaign, read the inbox"):
        browser.sign_in(checkout.setting("API_TOKENS"))
        run_campaign(checkout, browser, "Calm", PEOPLE)
        expect(browser.received() == expected("Calm", PEOPLE), "each mail came once")
    with step(f"all healthy for {STEADY_SECONDS} s"):
        shelf = checkout.compose("exec", "-T", "scheduler", "python", "-c", SHELF).strip()
        expect(shelf == "dbm.gnu", f"the scheduler's shelf is of gdbm, as in the image ({shelf})")
        checkout.stay_healthy()
        warned = checkout.compose("logs", "--no-log-prefix", "rabbitmq")
        expect("transient_nonexcl_queues" not in warned, "RabbitMQ warns of no queue")
    with step(f"scale to {WORKERS} workers"):
        _scale(checkout)
    with step("kill, restart, flush, under a campaign"):
        _under_fire(checkout, browser)
    with step("stop"):
        checkout.compose("stop")
    production.play(checkout, daemon)
    with step("remove everything"):
        daemon.docker("rm", "--force", *production.BESIDE)
        checkout.compose("down", "--volumes")
        expect(checkout.containers() == [], "no container is left")
        daemon.tidy()


def _scale(checkout: Checkout) -> None:
    """With the setting, so that a later `up -d` keeps the number."""
    checkout.change(WORKERS=str(WORKERS))
    for _ in range(2):
        checkout.compose("up", "-d")
        checkout.await_health()
        workers = len(checkout.containers("worker"))
        expect(workers == WORKERS, f"{WORKERS} workers run ({workers})")


def _under_fire(checkout: Checkout, browser: Browser) -> None:
    """Injects each fault once a few more mails have arrived; at the end, each mail has arrived
    once.
    """

    def restart_rabbitmq_and_flush() -> None:
        checkout.compose("restart", "rabbitmq")
        flush = 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli flushall'
        checkout.compose("exec", "-T", "redis", "sh", "-c", flush)

    blows: list[Callable[[], None]] = [
        lambda: _kill(checkout, "worker"),
        lambda: _kill(checkout, "scheduler"),
        lambda: _kill(checkout, "backend"),
        lambda: _kill(checkout, "mongodb"),
        restart_rabbitmq_and_flush,
        lambda: _kill(checkout, "worker"),
    ]
    name = "Under fire"
    wanted = expected(name, PEOPLE_UNDER_FIRE)
    before = browser.received().total()
    campaign_id = browser.launch(name, PEOPLE_UNDER_FIRE)
    for number, blow in enumerate(blows, 1):
        enough = before + wanted.total() * number // (len(blows) + 1)
        checkout.until(
            lambda it=enough: browser.received().total() >= it,  # type: ignore[misc]
            f"{enough} mails have come",
            FIRE_SECONDS_MAX,
        )
        blow()
    checkout.await_health()

    def is_over() -> bool:
        browser.resolve_unknown(campaign_id, name)
        return browser.is_completed(campaign_id)

    checkout.until(is_over, "the campaign has completed", FIRE_SECONDS_MAX)
    received = browser.received() - expected("Calm", PEOPLE)
    too_many, missing = received - wanted, wanted - received
    expect(received == wanted, f"each mail came once ({too_many=}, {missing=})")


def _kill(checkout: Checkout, service: str) -> None:
    """Kills the first of its containers from outside, as the kernel would; compose restarts it."""
    container = checkout.containers(service)[0]
    os.kill(container["State"]["Pid"], signal.SIGKILL)
    checkout.until(
        lambda: any(
            it["Id"] == container["Id"] and it["RestartCount"] > container["RestartCount"]
            for it in checkout.containers(service)
        ),
        f"{service} is started again",
        60,
    )
