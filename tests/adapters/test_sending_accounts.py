"""Promises of `SendingAccounts`, over each store and over Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.rates import parse_rate
from functions.service.sending.blocked_mail import BlockedMail
from functions.service.sending.breaker import Breaker, BreakerState
from functions.service.sending.limiter import Limiter
from functions.service.sending.ports import SendingAccounts
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.sending.records import SendingAccountState
from functions.service.sending.token_bucket import OWN, Bucket
from harness.fakes.clock import stopped_at
from local.team.redis_sending_accounts import RedisSendingAccounts
from tests.adapters.port_kinds import PortKind, over, port_kinds

NOW = datetime(2026, 3, 1, 9, 30, 0, 123000, tzinfo=UTC)
FULL = SendingAccountState(
    workspace_id=DEFAULT_WORKSPACE,
    account="mail.example.com:587",
    revision=1,
    buckets={
        OWN: Bucket(1_772_357_400_123_457, 3, 1_772_357_400_999_999),
        "gmail.com": Bucket(1_772_357_400_123_001),
        "a.b.c.example": Bucket(0, 0, 2**53 + 1),
        "$odd": Bucket(1),
    },
    breaker=Breaker(
        BreakerState.OPEN, NOW, NOW + timedelta(seconds=30), 10, 2, '421 a "quote", a \' and ✉'
    ),
    blocked=BlockedMail({"2026-03-01T09": 2}, "550 5.7.1 spam", NOW),
)

KINDS = port_kinds(attrgetter("sending_accounts"), RedisSendingAccounts)


def over_all(
    scenario: Callable[[SendingAccounts], Awaitable[None]],
) -> Callable[[PortKind[SendingAccounts], Path], None]:
    return over(KINDS, scenario)


@over_all
async def test_sending_account_comes_back_whole(sending_accounts: SendingAccounts) -> None:
    """To the part of a microsecond: a rate that is cut to milliseconds leaks."""
    assert await sending_accounts.find(DEFAULT_WORKSPACE, FULL.account) is None
    assert await sending_accounts.save(FULL)
    assert await sending_accounts.find(DEFAULT_WORKSPACE, FULL.account) == FULL
    plain = SendingAccountState(workspace_id=DEFAULT_WORKSPACE, account="other", revision=1)
    assert await sending_accounts.save(plain)
    assert await sending_accounts.find(DEFAULT_WORKSPACE, "other") == plain
    assert await sending_accounts.find(DEFAULT_WORKSPACE, FULL.account) == FULL


@over_all
async def test_one_writer_wins_each_revision(sending_accounts: SendingAccounts) -> None:
    """The first too; a loser changes nothing."""
    assert not await sending_accounts.save(replace(FULL, revision=2))
    assert await sending_accounts.find(DEFAULT_WORKSPACE, FULL.account) is None
    assert await sending_accounts.save(FULL)
    late = replace(FULL, buckets={})
    assert not await sending_accounts.save(late)
    second = replace(FULL, revision=2, breaker=Breaker())
    assert await sending_accounts.save(second)
    for revision in (1, 2, 4):
        assert not await sending_accounts.save(replace(late, revision=revision))
    assert await sending_accounts.find(DEFAULT_WORKSPACE, FULL.account) == second


@over_all
async def test_workers_at_once_never_exceed_the_bucket(sending_accounts: SendingAccounts) -> None:
    """Eight ask for twelve messages each, at one instant; 24 may go, five of them to one
    domain."""
    limits = Limits(parse_rate("1/h burst 24"), parse_domain_rates("one.example=1/h burst 5"))
    limiters = [Limiter(DEFAULT_WORKSPACE, "a", limits, sending_accounts) for _ in range(8)]

    async def ask(limiter: Limiter, n: int) -> tuple[int, int]:
        wanted = {f"{n}/{i}": f"x@{'one' if i % 2 else 'two'}.example" for i in range(12)}
        permit = await limiter.ask(wanted, stopped_at(NOW))
        granted = [address for key, address in wanted.items() if key not in permit.deferrals]
        return len(granted), sum(it.endswith("@one.example") for it in granted)

    granted = await asyncio.gather(*(ask(it, n) for n, it in enumerate(limiters)))
    assert sum(of_all for of_all, _ in granted) == 24
    assert sum(of_one for _, of_one in granted) == 5
