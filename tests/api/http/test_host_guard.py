"""A server answers only to its own names, and malformed hosts and paths never reach a route."""

import httpx
import pytest

from functions.hosts import AllowedHosts, host_of, host_of_url
from functions.settings_error import SettingsError
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld
from local.inbox.__main__ import InboxSettings
from local.settings import LocalSettings
from local.team.settings import TeamSettings

MALFORMED = ["", "[", "a:b:c", "a b", "a:", "x/../y", "x?y#z", "@", "'\"<>", "-", "127.0.0.1:99999"]
MALFORMED += ["localhost:x", "[::1", "::1", "[1.2.3]", "a,b", "http://a", "a" * 300, "1:123456"]


@over_api
async def test_malformed_host_is_400(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """On every route, health checks too: nothing behind can parse it."""
    for header in MALFORMED:
        assert host_of(header) is None, header
        for path in ("/api/v1/nope", "/health/live", "/t/c/x", "/campaigns"):
            answer = await client.get(path, headers={"host": header})
            assert (answer.status_code, answer.json()["code"]) == (400, "malformed_host"), header


@pytest.mark.parametrize(
    ("header", "is_allowed"),
    [
        ("mail.example.com", True),
        ("MAIL.example.com.:8443", True),
        ("localhost:1", True),
        ("127.8.9.1", True),
        ("[::1]:8000", True),
        ("[0:0::1]", True),
        ("evil.example", False),
        ("mail.example.com.evil.example", False),
        ("sub.mail.example.com", False),
        ("169.254.169.254", False),
        ("localhost.evil.example", False),
    ],
)
@over_api
async def test_only_own_names_are_answered(
    client: httpx.AsyncClient, world: FakeWorld, header: str, is_allowed: bool
) -> None:
    """PUBLIC_URL's and this machine's, on any port. Supervisors of a service know only its address,
    so health checks are answered under any name."""
    answer = await client.get("/campaigns", headers={"host": header})
    assert answer.status_code == (200 if is_allowed else 400)
    if not is_allowed:
        assert answer.json()["code"] == "host_not_allowed"
        assert "ALLOWED_HOSTS" in answer.json()["detail"]
    for path in ("/health/live", "/health/ready"):
        assert (await client.get(path, headers={"host": header})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/%00", "/api/v1/campaigns/a%0d%0ab", "/%ff%fe", "/x%7f", "/%c2%80"]
)
@over_api
async def test_malformed_path_is_400(
    client: httpx.AsyncClient, world: FakeWorld, path: str
) -> None:
    """Before it can end up in a log, a header or a query."""
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_path")


@over_api
async def test_letters_of_all_scripts_are_a_path(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Ids may hold them; there is just nothing there."""
    answer = await client.get("/api/v1/campaigns/grüße%20aus%20東京")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_more_names_come_from_the_setting() -> None:
    """Exact ones, and all names below one that begins with a dot."""
    hosts = AllowedHosts.parse("a.example, .b.example,C.example")
    assert all(map(hosts.admit, ("a.example", "x.b.example", "y.x.b.example", "c.example")))
    assert not any(map(hosts.admit, ("b.example", "xb.example", "x.a.example")))


@pytest.mark.parametrize(
    "written", ["https://a.example", "a.example:8000", "a b", "*", "a/b", "[::1"]
)
def test_setting_takes_names_only(written: str) -> None:
    """Not URLs: a name that never matches would lock people out."""
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS must be host names"):
        LocalSettings.read({"ALLOWED_HOSTS": written})


def test_every_deployment_knows_its_own_names() -> None:
    """The host of PUBLIC_URL as browsers send it, and the names of services within the stack."""
    assert host_of_url("https://Grüße.example/mail").admit("xn--gre-6ka8l.example")
    assert host_of_url("http://[2001:db8::1]:8000").admit("2001:db8::1")
    least = {"STORE_URI": "sqlite:///x", "BROKER_URL": "amqp://x", "REDIS_URL": "redis://x"}
    least |= {"SMTP_URI": "smtp://x", "TRACKING_KEYS": "k:0123456789abcdef", "SENDER": "a@b.cc"}
    team = TeamSettings.read({**least, "PUBLIC_URL": "https://m.example", "ALLOWED_HOSTS": "x.y"})
    assert all(map(team.hosts.admit, ("m.example", "backend", "x.y", "localhost")))
    assert not team.hosts.admit("inbox")
    assert InboxSettings.read({}).hosts.admit("inbox")
    assert not LocalSettings.read({}).hosts.admit("inbox")
