"""The table: what each relay does, what is wanted, and what happened.

Each row plays a campaign against a relay of its own and returns what was wrong, if anything. Rows
that measure speed are played alone, the others side by side.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import psutil

from bench.relays.result import Result, Row
from bench.relays.run import Relay, Run
from bench.relays.speed import speed
from bench.relays.stand import MAILS_PER_MINUTE, PASSWORD, Stand, bounce_domain, relay_of
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

Play = Callable[[Stand], Result]


def _over(run: Run, email: Mapping[str, object], seconds_max: float, *, unknown: int = 0) -> None:
    run.prepare(email, unknown=unknown)
    run.launch()
    run.until_over(seconds_max)


def _sent(run: Run) -> list[str]:
    """What is wrong unless every message was sent, without a delivery attempt that failed or a
    breaker that opened."""
    sent = run.count_in(MessageState.SENT)
    attempts = sum(it.delivery_attempts for it in run.messages())
    has_opened = run.sending_account().breaker.since is not None
    wrong = run.wrong()
    wrong += ["the breaker opened"] * has_opened
    wrong += [f"{run.count - sent} not sent"] * (sent < run.count)
    wrong += [f"{attempts} delivery attempts counted"] * bool(attempts)
    return wrong


# Answers about the sender


def _refuses_us(relay: str, reason: str, settings: Mapping[str, str] | None = None) -> Play:
    """The relay refuses whatever we send: the breaker opens, everything waits, and nothing counts
    as an attempt, not even the probe that follows."""

    def play(stand: Stand, count: int = 100) -> Result:
        with stand.run(stand.relay(relay), count, settings) as run:
            run.prepare(SHORT_EMAIL)
            run.launch()
            run.until(partial(_waits_after_probe, run), 90, "probed in vain with all leads waiting")
            wrong = run.wrong()
            breaker, failed = run.sending_account().breaker, run.failed_leads()
            attempts = sum(it.delivery_attempts for it in run.messages())
        said = breaker.last_reason
        wrong += [f"{failed} leads failed"] * bool(failed)
        wrong += [f"{attempts} delivery attempts counted"] * bool(attempts)
        wrong += ["the breaker is closed"] * (breaker.state is BreakerState.CLOSED)
        wrong += [f"the reason is {said!r}"] * (reason not in said)
        return Result(count, f"{count - failed} wait, {failed} failed, {said}", wrong)

    return play


def _waits_after_probe(run: Run) -> bool:
    waits = run.count_in(MessageState.DEFERRED) == run.count
    return waits and run.sending_account().breaker.openings > 1


# Rates and connections


def rate(stand: Stand, count: int = 300) -> Result:
    """The first window goes at once, the others a minute apart."""
    ideal = 60.0 * ((count - 1) // MAILS_PER_MINUTE)
    with stand.run(stand.relay("rate"), count) as run:
        _over(run, SHORT_EMAIL, ideal * 2)
        seconds, wrong = run.seconds(), _sent(run)
    wrong += [f"more than {RATE_RATIO_MAX} × ideal"] * (seconds > RATE_RATIO_MAX * ideal)
    return Result(count, f"ideal are {ideal:.0f} s", wrong, seconds, seconds / ideal)


@dataclass(frozen=True, slots=True)
class Timed:
    """`refusals`: how often the relay refused more messages or connections."""

    seconds: float
    refusals: int
    wrong: list[str]


def timed(stand: Stand, relay: Relay, count: int, connections: int, workers: int = 1) -> Timed:
    """`connections`: those of each worker."""
    settings = {"SMTP_CONNECTIONS_MAX": str(connections)}
    with stand.run(relay, count, settings, workers=workers) as run:
        _over(run, EMAIL, 90)
        return Timed(run.seconds(), relay.refusals(), _sent(run))


def _compared(count: int, found: Timed, right: Timed) -> Result:
    ratio = found.seconds / right.seconds
    wrong = [*found.wrong, *(f"with the right setting: {it}" for it in right.wrong)]
    wrong += [f"more than {RATIO_MAX} × the right setting"] * (ratio > RATIO_MAX)
    wrong += ["the limit was not reached"] * (found.refusals == 0)
    happened = f"{found.refusals} connections refused; right setting {right.seconds:.1f} s"
    return Result(count, happened, wrong, found.seconds, ratio)


def _limited(relay: str, count: int, connections: int, right: int, workers: int = 1) -> Play:
    """`connections`: of each worker, together too many. `right`: as many as the relay takes."""

    def play(stand: Stand) -> Result:
        found = timed(stand, stand.relay(relay), count, connections, workers)
        best = timed(stand, stand.relay(f"{relay}-again"), count, right, workers)
        return _compared(count, found, best)

    return play


def exim(stand: Stand, count: int = 1_500) -> Result:
    def of_one(connections: int) -> Timed:
        with Exim() as server:
            return timed(stand, _of_exim(server), count, connections)

    return _compared(count, of_one(16), of_one(CONNECTIONS_MAX))


def _of_exim(server: Exim) -> Relay:
    return Relay("exim", server.uri, server.delivered, server.refusals)


# Bounces


def postfix_bounces(stand: Stand, count: int = 40) -> Result:
    return _comes_back(stand, stand.relay("late"), count)


def exim_bounces(stand: Stand, count: int = 40) -> Result:
    with Exim(routes={bounce_domain("exim"): stand.receivers["exim"]}) as server:
        return _comes_back(stand, _of_exim(server), count)


def _comes_back(stand: Stand, relay: Relay, count: int) -> Result:
    """One in four has no mailbox."""
    unknown = count // 4
    with stand.run(relay, count, {"BOUNCE_DOMAIN": bounce_domain(relay.name)}) as run:
        _over(run, SHORT_EMAIL, 60, unknown=unknown)
        run.until(lambda: run.bounced() == unknown, 60, f"{unknown} bounced and suppressed")
        return Result(count, f"{unknown} bounced and suppressed", _sent(run))


# Answers about the recipient or the message


def greylisting(stand: Stand, count: int = 50) -> Result:
    with stand.run(stand.relay("grey"), count) as run:
        _over(run, SHORT_EMAIL, 60)
        wrong, seconds = run.wrong(), run.seconds()
        attempts = Counter(it.delivery_attempts for it in run.messages())
        sent = run.count_in(MessageState.SENT)
    wrong += [f"{count - sent} not sent"] * (sent < count)
    wrong += [f"{count - attempts[1]} not by the second attempt"] * (attempts[1] < count)
    return Result(count, f"{sent} sent", wrong, seconds)


def too_large(stand: Stand, count: int = 20) -> Result:
    with stand.run(stand.relay("small"), count) as run:
        _over(run, EMAIL, 60)
        wrong = run.wrong()
        refused = sum("552" in it.outcome_reason for it in run.messages())
        opened = run.sending_account().breaker.openings
    wrong += [f"{count - refused} not refused by 552"] * (refused < count)
    wrong += ["the breaker opened"] * bool(opened)
    return Result(count, f"{refused} refused as too large", wrong)


def unknown_mailboxes(stand: Stand, count: int = 100, unknown: int = 20) -> Result:
    with stand.run(stand.relay("unknown"), count) as run:
        _over(run, SHORT_EMAIL, 60, unknown=unknown)
        wrong = run.wrong()
        refused = sum(it.outcome_reason.startswith("550 5.1.1") for it in run.messages())
        suppressed = len(run.suppressed())
    wrong += [f"{refused} refused, not {unknown}"] * (refused != unknown)
    wrong += [f"{suppressed} suppressed, not {unknown}"] * (suppressed != unknown)
    return Result(count, f"{count - refused} sent, {refused} refused and suppressed", wrong)


# What must go well anyway


def plain(stand: Stand, count: int = 2_000) -> Result:
    with stand.run(stand.relay("plain"), count) as run:
        _over(run, EMAIL, 120)
        return Result(count, f"{run.count_in(MessageState.SENT)} sent", _sent(run), run.seconds())


def tls(stand: Stand) -> Result:
    return _encrypted(stand, stand.relay("tls", "starttls=auto"))


def login(stand: Stand) -> Result:
    relay = stand.relay("login", f"starttls=require&ca_file={stand.postfix.ca_file}")
    with_password = relay.uri.replace("://", f"://{LOGIN}:{PASSWORD}@")
    return _encrypted(stand, replace(relay, uri=with_password))


def _encrypted(stand: Stand, relay: Relay, count: int = 100) -> Result:
    with stand.run(relay, count) as run:
        _over(run, SHORT_EMAIL, 60)
        wrong = _sent(run)
        encrypted = stand.postfix.encrypted(relay.name)
    wrong += [f"{count - encrypted} not encrypted"] * (encrypted < count)
    return Result(count, f"{encrypted} sent, encrypted", wrong)


def restarts(stand: Stand) -> Result:
    return _disturbed(stand, Postfix.restart)


def killed_conversations(stand: Stand) -> Result:
    def kill(server: Postfix) -> None:
        for it in server.conversations():
            with suppress(psutil.NoSuchProcess):
                it.kill()

    return _disturbed(stand, kill)


def _disturbed(stand: Stand, disturb: Callable[[Postfix], None], count: int = 800) -> Result:
    """The relay is disturbed three times while mail goes out. A message whose answer was lost is
    unknown, and none arrives twice."""
    with Postfix({"plain": {}}) as server, stand.run(relay_of(server, "plain"), count) as run:
        run.prepare(EMAIL)
        run.launch()
        for part in (1, 2, 3):
            run.until(partial(_has, server, part * count // 4), 60, "under way")
            disturb(server)
        run.until_over(60)
        wrong = run.wrong()
        sent, unknown = run.count_in(MessageState.SENT), run.count_in(MessageState.UNKNOWN)
    wrong += [f"{count - sent - unknown} refused"] * (sent + unknown < count)
    return Result(count, f"{sent} sent, {unknown} unknown", wrong)


def _has(server: Postfix, count: int) -> bool:
    return server.arrived("plain") >= count


_RIGHT = f"≤ {RATIO_MAX} × the right setting"
_WAITS = "breaker opens, leads wait, none fails"
_RETURNS = "bounced, suppressed"
_NONE_TWICE = "none twice, none lost"
_NAME = {"HELO_NAME": "worker"}
_DOMAIN = {"SENDER": "Ann <ann@sender.invalid>"}
_refuses_sender = _refuses_us("sender", "Sender address rejected")
_refuses_helo = _refuses_us("helo", "Helo command rejected", _NAME)
_refuses_domain = _refuses_us("domain", "Domain not found", _DOMAIN)
_three, _five = _limited("three", 1_000, 16, 3), _limited("five", 1_000, 16, 5)
_fifty = _limited("fifty", 2_000, 16, 12, workers=4)

ROWS = (
    Row("rate", "100 messages a minute", f"≤ {RATE_RATIO_MAX} × ideal", rate),
    Row("sender", "refuses the sender", _WAITS, _refuses_sender),
    Row("helo", "refuses a HELO without a dot", _WAITS, _refuses_helo),
    Row("domain", "unknown sender domain", _WAITS, _refuses_domain),
    Row("grey", "greylisting", "each once, by the second attempt", greylisting),
    Row("small", "6,000 bytes at most", "each refused, breaker closed", too_large),
    Row("unknown", "refuses unknown mailboxes", "refused and suppressed", unknown_mailboxes),
    Row("late", "accepts unknown mailboxes, bounces later", _RETURNS, postfix_bounces),
    Row("exim-late", "the same, by Exim", _RETURNS, exim_bounces),
    Row("tls", "offers STARTTLS", "each once, encrypted", tls),
    Row("login", "STARTTLS and AUTH", "each once, encrypted", login),
    Row("restarts", "killed and started again, 3 times", _NONE_TWICE, restarts),
    Row("smtpd", "kill -9 of its smtpd, 3 times", _NONE_TWICE, killed_conversations),
    Row("three", "3 connections a client", _RIGHT, _three, is_alone=True),
    Row("five", "5 new connections a minute", _RIGHT, _five, is_alone=True),
    Row("exim", "Exim: 10 connections, 20 mails each", _RIGHT, exim, is_alone=True),
    Row("fifty", "50 connections, 4 workers × 16", _RIGHT, _fifty, is_alone=True),
    Row("plain", "no limit", "each once", plain, is_alone=True),
    Row("speed", "no limit, into mailboxes", "(share of smtp-source)", speed, is_alone=True),
)
