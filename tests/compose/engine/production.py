"""On a server: behind the proxy, with certificates of its own authority, without the inbox, and
every other port closed; then with an external MongoDB and Redis.
"""

import socket
import ssl

import httpx

from tests.compose.engine.browser import Browser, expect, expected
from tests.compose.engine.checkout import STEADY_SECONDS, Checkout
from tests.compose.engine.daemon import Daemon
from tests.compose.engine.short import run_campaign
from tests.compose.engine.steps import step

DOMAIN = "localhost"
"""A domain for which the proxy uses only its own authority."""
ORIGIN = f"https://{DOMAIN}"
AUTHORITY = "/certificates/caddy/pki/authorities/local/root.crt"
CLOSED = (1025, 3000, 5672, 6379, 8000, 15672, 27017)
PEOPLE = 20
RELAY = [
    *("python", "-m", "local.inbox", "--path", "/tmp/relay.db", "--host", "0.0.0.0"),
    *("--port", "1025", "--api-port", "8025"),
]
MONGO_PORT, REDIS_PORT = 28017, 7379
BESIDE = ("relay", "elsewhere-mongodb", "elsewhere-redis")
"""Containers outside the stack."""


def play(checkout: Checkout, daemon: Daemon) -> None:
    """Starts from the stopped stack of a person who tried it out."""
    token = checkout.setting("API_TOKENS")
    with step("go to production"):
        _start_relay(checkout, daemon)
        checkout.use("docker-compose.yml", "compose.prod.yml")
        checkout.change(
            COMPOSE_PROFILES="",
            DOMAIN=DOMAIN,
            SMTP_URI="smtp://relay:1025",
            SENDER="News <news@example.com>",
        )
        checkout.compose("up", "-d")
        checkout.await_health()
        expect("inbox" not in checkout.services(), "the inbox is gone")
        taken = [it for it in CLOSED if _is_open(it)]
        expect(not taken, f"all ports but the proxy's are closed ({taken} are not)")
    with step("the interface and the API over TLS"):
        browser = Browser(ORIGIN, _trusting(checkout))
        _look_at_authentication(browser)
        cookie = browser.sign_in(token).headers["set-cookie"].lower()
        expect("secure" in cookie, "the session's cookie travels encrypted only")
        run_campaign(checkout, browser, "Production", PEOPLE)
        _expect_mail(daemon, token, "Production")
    with step(f"all healthy for {STEADY_SECONDS} s"):
        checkout.stay_healthy()
    with step("a MongoDB and a Redis from elsewhere"):
        _go_external(checkout, daemon)
        browser = Browser(ORIGIN, _trusting(checkout))
        browser.sign_in(token)
        listed = browser.get("/api/v1/campaigns").json()["campaigns"]
        expect(listed == [], f"the other MongoDB is empty ({listed})")
        run_campaign(checkout, browser, "External", PEOPLE)
        _expect_mail(daemon, token, "External")


def _start_relay(checkout: Checkout, daemon: Daemon) -> None:
    """A mail server outside of the stack, which is reached from `edge` as others are. Its image has
    the labels of the stack, which the container must not."""
    daemon.docker(
        *("run", "--detach", "--name", "relay", "--network", "emailbuilder_edge"),
        *("--label", "com.docker.compose.project=elsewhere"),
        *("--env", f"API_TOKENS={checkout.setting('API_TOKENS')}", "emailbuilder:local", *RELAY),
    )


def _expect_mail(daemon: Daemon, token: str, name: str) -> None:
    """Each mail of the campaign once, with links to the domain."""
    shown = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    place = daemon.docker("inspect", "--format", shown, "relay")
    relay = Browser(f"http://{place}:8025")
    relay.use_token(token)
    received = relay.received("/messages")
    ours = {it: times for it, times in received.items() if it[1].endswith(f" of {name}")}
    expect(ours == dict(expected(name, PEOPLE)), f"each mail came once ({ours})")
    first = relay.get("/messages?limit=1").json()["messages"][0]["id"]
    links = [it["url"] for it in relay.get(f"/messages/{first}").json()["links"]]
    expect(links and all(it.startswith(ORIGIN) for it in links), f"links lead here ({links})")


def _trusting(checkout: Checkout) -> ssl.SSLContext:
    """The proxy's own authority, and no other."""
    root = checkout.compose("exec", "-T", "proxy", "cat", AUTHORITY)
    return ssl.create_default_context(cadata=root)


def _look_at_authentication(browser: Browser) -> None:
    moved = httpx.get(f"http://{DOMAIN}/app", timeout=20)
    expect(moved.headers.get("location", "").startswith(ORIGIN), "HTTP leads to HTTPS")
    front = browser.get("/")
    expect(front.headers.get("location") == "/app", "the first page is the interface")
    expect("max-age" in front.headers.get("strict-transport-security", ""), "HTTPS is to stay")
    expect(browser.get("/metrics").status_code == 404, "figures are not for the outside")
    expect(browser.get("/health/ready").status_code == 200, "the API is ready")


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _go_external(checkout: Checkout, daemon: Daemon) -> None:
    """Both run beside the engine and are reached at the machine's address."""
    shown = "{{(index .IPAM.Config 0).Gateway}}"
    machine = daemon.docker("network", "inspect", "--format", shown, "bridge")
    images = {it["Config"]["Image"].partition(":")[0]: it for it in checkout.containers()}
    beside = ("run", "--detach", "--network", "host")
    mongod = ("mongod", "--port", str(MONGO_PORT), "--bind_ip_all")
    daemon.docker(
        *beside, "--name", "elsewhere-mongodb", images["mongo"]["Config"]["Image"], *mongod
    )
    redis = ("redis-server", "--port", str(REDIS_PORT), "--bind", "0.0.0.0", "--requirepass", "far")
    daemon.docker(*beside, "--name", "elsewhere-redis", images["redis"]["Config"]["Image"], *redis)
    checkout.use(
        *("docker-compose.yml", "compose.prod.yml"),
        *("compose.external-mongodb.yml", "compose.external-redis.yml"),
    )
    checkout.change(
        STORE_URI=f"mongodb://{machine}:{MONGO_PORT}/emailbuilder",
        REDIS_URL=f"redis://:far@{machine}:{REDIS_PORT}/0",
    )
    checkout.compose("up", "-d")
    checkout.await_health()
    left = {"mongodb", "redis"} & checkout.services()
    expect(not left, f"our own are not started ({left})")
