"""Mail that other servers block is reported to people, and suppresses nobody."""

from dataclasses import replace
from datetime import timedelta

from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.keys import send_key
from functions.mail.address import email_key
from functions.mail.bounce_kinds import BounceKind
from functions.mail.reports import Bounce
from functions.mail.return_path import ReturnPath, read_return_path
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.operations.probes import sending_account_probe
from functions.service.operations.records import CheckState
from functions.service.sending.blocked_mail import BlockedMail, blocked_lately, with_blocked
from functions.service.sending.breaker import BreakerState
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits
from functions.service.tracking.record_return import record_return
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import ANN, email, flow, launched, over_api, wait
from harness.fakes.world import KEYRING, FakeWorld

DOMAIN = "bounces.example.com"
SPAM = Bounce(BounceKind.POLICY, "550 5.7.1 mail of hello@example.com from 192.0.2.7 is spam")
SAID = "550 5.7.1 mail of … from … is spam"


async def blocked(world: FakeWorld, times: int) -> Limiter:
    """Ann's mail server blocks this many messages, and reports each of them twice."""
    limiter = Limiter(DEFAULT_WORKSPACE, "server:25", Limits(), world.store.sending_accounts)
    world.made = replace(world.made, limiter=limiter)
    nodes = [email(f"e{it}") for it in range(times)]
    links = [f"e{it}>e{it + 1}" for it in range(times - 1)]
    lead = await launched(world, flow([*nodes, wait("w", 86_400)], *links, f"e{times - 1}>w"))
    (campaign,) = await world.store.campaigns.find_anywhere(["c"])
    path = ReturnPath(KEYRING, DOMAIN, campaign.created_at)
    for it in range(times):
        address = path.address(lead.lead_id, send_key(lead.lead_id, f"e{it}", 1, 1))
        for _ in range(2):
            await record_return(world.made, read_return_path(KEYRING, DOMAIN, address), SPAM)
        await world.settle()
    return limiter


@over_api
async def test_account_is_told_in_the_servers_words(client: AsyncClient, world: FakeWorld) -> None:
    """On the health page, by the doctor and as a metric; each message counts once."""
    limiter = await blocked(world, 3)
    ready = (await client.get("/health/ready")).json()
    assert (ready["status"], ready["blocked"], ready["blocked_reason"]) == ("ready", 3, SAID)
    (check,) = (await sending_account_probe(world.store, limiter)()).checks
    assert check.state is CheckState.WARNING
    assert check.message == (
        "3 messages came back in the last day because other mail servers refuse our mail. "
        f"The latest says: {SAID}"
    )
    metrics = (await client.get("/metrics")).text
    assert 'emailbuilder_blocked_messages{account="server:25"} 3.0' in metrics


@over_api
async def test_address_and_breaker_are_left_alone(client: AsyncClient, world: FakeWorld) -> None:
    """The answer is late, and says nothing about what the relay takes now."""
    limiter = await blocked(world, 12)
    assert await world.store.suppressions.find([(DEFAULT_WORKSPACE, email_key(ANN))]) == []
    seen = await limiter.look(await world.store.now())
    assert seen is not None
    assert (seen.blocked, seen.breaker.state) == (12, BreakerState.CLOSED)


@over_api
async def test_after_a_day_nothing_is_said(client: AsyncClient, world: FakeWorld) -> None:
    """There is no check either."""
    limiter = await blocked(world, 1)
    world.clock.advance(25 * 3_600)
    ready = (await client.get("/health/ready")).json()
    assert (ready["blocked"], ready["blocked_reason"]) == (0, "")
    assert (await sending_account_probe(world.store, limiter)()).checks == ()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 9)), max_size=60))
def test_only_a_day_is_kept(given_minutes: list[tuple[int, int]]) -> None:
    """Its figure is that of the last 24 hours, in whole hours."""
    found = BlockedMail()
    now = BEGINNING
    for minutes, number in sorted(given_minutes):
        now = BEGINNING + timedelta(minutes=minutes)
        found = with_blocked(found, number, "no", now)
    hour = now.replace(minute=0, second=0, microsecond=0)
    wanted = sum(
        number
        for minutes, number in given_minutes
        if BEGINNING + timedelta(minutes=minutes) >= hour - timedelta(hours=23)
    )
    assert blocked_lately(found, now) == sum(found.by_hour.values()) == wanted
