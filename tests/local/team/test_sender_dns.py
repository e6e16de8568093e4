"""The checks of the sending domain's DNS, against a real server with invented zones."""

import asyncio

import dns.rcode
import pytest

from functions.service.operations.records import CheckState, SystemCheck
from harness.servers.dns import DnsServer, Zone
from local.team.sender_dns import Unresolvable, check_sender

WHOLE: Zone = {
    "example.com TXT": ['"google-site=1"', '"v=spf1 include:_spf.example.net " "-all"'],
    "s1._domainkey.example.com TXT": ['"v=DKIM1; k=rsa; " "p=MIGf"'],
    "_dmarc.example.com TXT": ['"v=DMARC1; p=reject"'],
    "example.com MX": ["10 mx1.example.com.", "20 mx2.example.com."],
}


def found(zone: Zone, domain: str = "example.com", selector: str = "s1") -> dict[str, SystemCheck]:
    with DnsServer(zone) as server:
        checks = asyncio.run(check_sender(domain, selector, server.resolver))
    assert [it.name for it in checks] == ["spf", "dkim", "dmarc", "mx"]
    assert all(bool(it.remedy) == (it.state is not CheckState.OK) for it in checks)
    return {it.name: it for it in checks}


def test_domain_that_has_all() -> None:
    """Records are joined from their strings; unrelated records are ignored."""
    checks = found(WHOLE)
    assert {it.state for it in checks.values()} == {CheckState.OK}
    assert checks["spf"].message == "example.com says v=spf1 include:_spf.example.net -all"
    assert checks["dmarc"].message == "_dmarc.example.com says v=DMARC1; p=reject"
    assert checks["mx"].message == "mx1.example.com, mx2.example.com"


def test_dmarc_of_the_domain_above() -> None:
    """It applies to a subdomain without its own."""
    checks = found(WHOLE, "news.mail.example.com")
    assert checks["dmarc"].state is CheckState.OK
    assert checks["spf"].state is CheckState.WARNING


def test_domain_that_has_nothing() -> None:
    """Each missing record is named, with what to publish; no check fails."""
    checks = found({})
    assert {it.state for it in checks.values()} == {CheckState.WARNING}
    assert "no SPF record" in checks["spf"].message
    assert "s1._domainkey.example.com" in checks["dkim"].message
    assert "_dmarc.example.com" in checks["dmarc"].remedy
    assert "no MX record" in checks["mx"].message


BROKEN = [
    ("spf", {"example.com TXT": ['"v=spf1 -all"', '"v=spf1 mx -all"']}, "2 SPF records"),
    ("spf", {"example.com TXT": ['"v=spf1 -all"']}, "no server may send its mail"),
    ("spf", {"example.com TXT": ['"v=spf10 mx"']}, "no SPF record"),
    ("dkim", {"s1._domainkey.example.com TXT": ['"v=DKIM1; p="']}, "revoked"),
    ("dkim", {"s1._domainkey.example.com TXT": ['"not a key"']}, "holds no key"),
    ("dmarc", {"_dmarc.example.com TXT": ['"v=DMARC1; p=none"', '"v=DMARC1; p=x"']}, "2 DMARC"),
    ("mx", {"example.com MX": ["0 ."]}, "accepts no mail"),
]


@pytest.mark.parametrize(("name", "zone", "message"), BROKEN)
def test_record_that_does_not_do_what_it_should(name: str, zone: Zone, message: str) -> None:
    """A warning that says why."""
    check = found({**WHOLE, **zone})[name]
    assert check.state is CheckState.WARNING
    assert message in check.message


def test_selector_that_is_not_set() -> None:
    """Then the key is not guessed."""
    check = found(WHOLE, selector="")["dkim"]
    assert (check.state, "DKIM_SELECTOR" in check.remedy) == (CheckState.WARNING, True)


@pytest.mark.parametrize("says", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, None])
def test_resolver_that_does_not_help(says: dns.rcode.Rcode | None) -> None:
    """Nothing is known, which is not the domain's fault."""
    with DnsServer({}, says=says) as server:
        checks = asyncio.run(
            check_sender("example.com", "s1", lambda: server.resolver(lifetime_seconds=0.3))
        )
    assert {it.state for it in checks} == {CheckState.WARNING}
    assert all("could not be resolved here" in it.message for it in checks)


def test_machine_without_resolver() -> None:
    """The same."""

    def none() -> None:
        raise Unresolvable("this machine has no resolver")

    checks = asyncio.run(check_sender("example.com", "s1", none))  # type: ignore[arg-type]
    assert [it.state for it in checks] == [CheckState.WARNING] * 4
    assert "this machine has no resolver" in checks[0].message


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a..b", "x" * 70 + ".example", "münchen.example"]
)
def test_domain_that_is_odd(domain: str) -> None:
    """A warning, whatever it is."""
    assert {it.state for it in found({}, domain).values()} == {CheckState.WARNING}
