"""The table: what each relay does, what is wanted, and what happened.

Each row plays a campaign against a relay of its own and returns what was wrong, if anything. Rows
that measure speed are played alone, the others side by side.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psutil

from bench.relays.result import Result, Row
from bench.relays.run import Run
from bench.relays.speed import speed
from bench.relays.stand import (
    MAILS_PER_MINUTE,
    PASSWORD,
    Stand,
    bounce_domain,
)
from bench.speed.campaign import EMAIL
from functions.service.sending.breaker import BreakerState
from functions.service.sending.records import MessageState
from harness.servers.exim import CONNECTIONS_MAX, Exim
from harness.servers.postfix import LOGIN, Postfix

SHORT_EMAIL = {
    "id": "email-1",
    "type": "sendEmail",
    "configuration": {"subject": "News", "body": "<p>Hello {{ contact.first_name }}</p>"},
}
RATIO_MAX = 1.5
"""How much longer a relay's limit may take than the setting that fits it."""
RATE_RATIO_MAX = 1.3


def _smtp(stand: Stand, service: str) -> str:
    return stand.postfix.uri(service)


# Answers about the sender


def _refuses_account(service: str, words: str, **more: str) -> Callable[[Stand], Result]:
    """The relay refuses whatever we send: the breaker opens, everything waits, and nothing counts
    as an attempt, not even the probe that follows."""

    def play(stand: Stand, count: int = 100) -> Result:
        with stand.run(service, _smtp(stand, service), count, more) as run:
            run.prepare(SHORT_EMAIL)
            run.launch()
            run.until(
                lambda: (
                    run.account().breaker.openings >= 2
                    and run.count_in(MessageState.DEFERRED) == count
                ),
                120,
                "probed in vain, with all leads waiting",
            )
            wrong = run.wrong(lambda: stand.postfix.delivered(service))
            breaker, failed = run.account().breaker, run.failed_leads()
            attempts = sum(it.delivery_attempts for it in run.messages())
        said = breaker.last_reason
        wrong += [f"{failed} leads failed"] * bool(failed)
        wrong += [f"{attempts} delivery attempts counted"] * bool(attempts)
        wrong += ["the breaker is closed"] * (breaker.state is BreakerState.CLOSED)
        wrong += [f"the reason is {said!r}"] * (words not in said)
        return Result(count, f"breaker {breaker.state}, {count} wait, 0 failed: {said[:60]}", wrong)

    return play


# Rates and connections


def rate(stand: Stand, count: int = 300) -> Result:
    """The first window goes at once, the others a minute apart."""
    ideal = 60.0 * ((count - 1) // MAILS_PER_MINUTE)
    with stand.run("rate", _smtp(stand, "rate"), count) as run:
        run.prepare(SHORT_EMAIL)
        run.launch()
        run.until_over(ideal * 3)
        seconds = run.seconds()
        wrong = run.wrong(lambda: stand.postfix.delivered("rate"))
        attempts = sum(it.delivery_attempts for it in run.messages())
        sent = run.count_in(MessageState.SENT)
    wrong += [f"{count - sent} not sent"] * (sent < count)
    wrong += [f"{attempts} delivery attempts counted"] * bool(attempts)
    wrong += [f"more than {RATE_RATIO_MAX} × ideal"] * (seconds > RATE_RATIO_MAX * ideal)
    return Result(count, f"{sent} sent", wrong, seconds, seconds / ideal)


@dataclass(frozen=True, slots=True)
class Timed:
    seconds: float
    wrong: list[str]


def _timed(
    stand: Stand,
    uri: str,
    relay: str,
    count: int,
    delivered: Callable[[], Counter[str]],
    *,
    connections: int,
    workers: int = 1,
) -> Timed:
    settings = {"SMTP_CONNECTIONS_MAX": str(connections)}
    with stand.run(relay, uri, count, settings, workers=workers) as run:
        run.prepare(EMAIL)
        run.launch()
        run.until_over(120)
        wrong = run.wrong(delivered)
        sent = run.count_in(MessageState.SENT)
        wrong += [f"{count - sent} not sent"] * (sent < count)
        return Timed(run.seconds(), wrong)


def _compared(count: int, found: Timed, right: Timed) -> Result:
    ratio = found.seconds / right.seconds
    wrong = found.wrong + [f"with the right setting: {it}" for it in right.wrong]
    wrong += [f"more than {RATIO_MAX} × the right setting"] * (ratio > RATIO_MAX)
    happened = f"{count} sent, {right.seconds:.1f} s with the right setting"
    return Result(count, happened, wrong, found.seconds, ratio)


def _limited(
    relay: str, count: int, found: int, right: int, workers: int = 1
) -> Callable[[Stand], Result]:
    """`found`: the connections of the settings, which are too many. `right`: as many as the relay
    takes, to a service of its own."""

    def play(stand: Stand) -> Result:
        def timed(service: str, connections: int) -> Timed:
            return _timed(
                stand,
                _smtp(stand, service),
                service,
                count,
                lambda: stand.postfix.delivered(service),
                connections=connections,
                workers=workers,
            )

        return _compared(count, timed(relay, found), timed(f"{relay}-again", right))

    return play


def exim(stand: Stand, count: int = 500) -> Result:
    def timed(connections: int) -> Timed:
        with Exim() as relay:
            return _timed(stand, relay.uri, "exim", count, relay.delivered, connections=connections)

    return _compared(count, timed(16), timed(CONNECTIONS_MAX))


# Bounces


def _comes_back(run: Run, delivered: Callable[[], Counter[str]]) -> Result:
    """One in four has no mailbox."""
    unknown = run.count // 4
    run.prepare(SHORT_EMAIL, unknown=unknown)
    run.launch()
    run.until_over(60)
    run.until(lambda: run.bounced() == unknown, 60, "bounced")
    wrong = run.wrong(delivered)
    return Result(run.count, f"{run.bounced()} bounced and suppressed", wrong)


def postfix_bounces(stand: Stand, count: int = 40) -> Result:
    settings = {"BOUNCE_DOMAIN": bounce_domain("late")}
    with stand.run("late", _smtp(stand, "late"), count, settings) as run:
        return _comes_back(run, lambda: stand.postfix.delivered("late"))


def exim_bounces(stand: Stand, count: int = 40) -> Result:
    domain = bounce_domain("exim")
    with (
        Exim(routes={domain: stand.receivers["exim"]}) as relay,
        stand.run("exim", relay.uri, count, {"BOUNCE_DOMAIN": domain}) as run,
    ):
        return _comes_back(run, relay.delivered)


# Answers about the recipient or the message


def greylisting(stand: Stand, count: int = 50) -> Result:
    with stand.run("grey", _smtp(stand, "grey"), count) as run:
        run.prepare(SHORT_EMAIL)
        run.launch()
        run.until_over(90)
        wrong = run.wrong(lambda: stand.postfix.delivered("grey"))
        attempts = Counter(it.delivery_attempts for it in run.messages())
        sent, seconds = run.count_in(MessageState.SENT), run.seconds()
    wrong += [f"{count - sent} not sent"] * (sent < count)
    wrong += [f"{attempts[0]} were not put off"] * bool(attempts[0])
    return Result(count, f"{sent} sent, {attempts[1]} by the second attempt", wrong, seconds)


def too_large(stand: Stand, count: int = 20) -> Result:
    with stand.run("small", _smtp(stand, "small"), count) as run:
        run.prepare(EMAIL)
        run.launch()
        run.until_over(60)
        wrong = run.wrong(lambda: stand.postfix.delivered("small"))
        refused = sum("552" in it.outcome_reason for it in run.messages())
        opened = run.account().breaker.openings
    wrong += [f"{count - refused} not refused by 552"] * (refused < count)
    wrong += ["the breaker opened"] * bool(opened)
    return Result(count, f"{refused} refused as too large", wrong)


def unknown_mailboxes(stand: Stand, count: int = 100, unknown: int = 20) -> Result:
    with stand.run("plain", _smtp(stand, "plain"), count) as run:
        run.prepare(SHORT_EMAIL, unknown=unknown)
        run.launch()
        run.until_over(60)
        wrong = run.wrong(lambda: stand.postfix.delivered("plain"))
        refused = sum(it.outcome_reason.startswith("550 5.1.1") for it in run.messages())
        suppressed = len(run.suppressed())
    wrong += [f"{refused} refused, not {unknown}"] * (refused != unknown)
    wrong += [f"{suppressed} suppressed, not {unknown}"] * (suppressed != unknown)
    return Result(count, f"{count - refused} sent, {refused} refused and suppressed", wrong)


# What must go well anyway


def _all_sent(service: str, count: int, uri: Callable[[Stand], str]) -> Callable[[Stand], Result]:
    def play(stand: Stand) -> Result:
        with stand.run(service, uri(stand), count) as run:
            run.prepare(SHORT_EMAIL)
            run.launch()
            run.until_over(120)
            wrong = run.wrong(lambda: stand.postfix.delivered(service))
            sent = run.count_in(MessageState.SENT)
            encrypted = stand.postfix.encrypted(service)
            seconds = run.seconds()
        wrong += [f"{count - sent} not sent"] * (sent < count)
        wrong += [f"{encrypted} encrypted"] * (encrypted != sent and service != "plain")
        return Result(count, f"{sent} sent, {encrypted} encrypted", wrong, seconds)

    return play


def _plain(stand: Stand) -> str:
    return stand.postfix.uri("plain")


def _encrypted(stand: Stand) -> str:
    return stand.postfix.uri("tls", "starttls=auto")


def _login(stand: Stand) -> str:
    with_password = f"{LOGIN}:{PASSWORD}@"
    query = f"starttls=require&ca_file={stand.postfix.ca_file}"
    return stand.postfix.uri("login", query).replace("://", f"://{with_password}")


def _disturbed(stand: Stand, count: int, disturb: Callable[[Postfix], None]) -> Result:
    """The relay is disturbed three times while mail goes out. A message whose answer was lost is
    unknown, and none arrives twice."""
    with Postfix({"plain": {}}) as relay, stand.run("plain", relay.uri("plain"), count) as run:
        run.prepare(EMAIL)
        run.launch()
        for part in (1, 2, 3):
            run.until(partial(_has, relay, part * count // 4), 120, "under way")
            disturb(relay)
        run.until_over(120)
        wrong = run.wrong(lambda: relay.delivered("plain"))
        sent, unknown = run.count_in(MessageState.SENT), run.count_in(MessageState.UNKNOWN)
    wrong += [f"{count - sent - unknown} refused"] * (sent + unknown < count)
    return Result(count, f"{sent} sent, {unknown} unknown", wrong)


def _has(relay: Postfix, count: int) -> bool:
    return relay.arrived("plain") >= count


def restarts(stand: Stand, count: int = 800) -> Result:
    return _disturbed(stand, count, Postfix.restart)


def killed_conversations(stand: Stand, count: int = 800) -> Result:
    def kill(relay: Postfix) -> None:
        for it in relay.conversations():
            with suppress(psutil.NoSuchProcess):
                it.kill()

    return _disturbed(stand, count, kill)


_NONE_TWICE = "none twice, none lost"
_RETURNS = "bounced, suppressed"
_WAITS = "breaker opens, leads wait, none fails"
_SHARED = f"≤ {RATIO_MAX} × the right setting"
ROWS = (
    Row("rate", "100 messages a minute", f"≤ {RATE_RATIO_MAX} × ideal, no attempt used", rate),
    Row("sender", "refuses the sender", _WAITS, _refuses_account("sender", "Sender address")),
    Row(
        "helo",
        "refuses a HELO without a dot",
        _WAITS,
        _refuses_account("helo", "Helo command", HELO_NAME="worker"),
    ),
    Row(
        "domain",
        "unknown sender domain",
        _WAITS,
        _refuses_account("domain", "Domain not found", SENDER="Ann <ann@sender.invalid>"),
    ),
    Row("grey", "greylisting", "each once, by the second attempt", greylisting),
    Row("small", "6,000 bytes at most", "each refused, breaker closed", too_large),
    Row("unknown", "refuses unknown mailboxes", "refused and suppressed", unknown_mailboxes),
    Row("late", "accepts unknown mailboxes, bounces later", _RETURNS, postfix_bounces),
    Row("exim-late", "the same, by Exim", _RETURNS, exim_bounces),
    Row("tls", "offers STARTTLS", "each once", _all_sent("tls", 100, _encrypted)),
    Row("login", "STARTTLS and AUTH", "each once", _all_sent("login", 100, _login)),
    Row("restarts", "killed and started again, 3 times", _NONE_TWICE, restarts),
    Row("smtpd", "kill -9 of its smtpd, 3 times", _NONE_TWICE, killed_conversations),
    Row("three", "3 connections a client", _SHARED, _limited("three", 600, 16, 3), True),
    Row("five", "5 new connections a minute", _SHARED, _limited("five", 300, 16, 5), True),
    Row("exim", "Exim: 10 connections, 20 mails each", _SHARED, exim, True),
    Row(
        "fifty",
        "50 connections, 4 workers × 16",
        _SHARED,
        _limited("fifty", 2_000, 16, 12, workers=4),
        True,
    ),
    Row("plain", "no limit", "each once", _all_sent("plain", 2_000, _plain), True),
    Row("speed", "no limit, into mailboxes", "share of smtp-source", speed, True),
)
