"""The checks of the sending domain's DNS, against a real server with invented zones."""

import asyncio

import dns.rcode
import pytest

from functions.service.operations.records import CheckState, SystemCheck
from harness.servers.dns import DnsServer, Zone
from local.team.sender_dns import (
    ExpectedKey,
    Unresolvable,
    check_host,
    check_return_path,
    check_sender,
)

WHOLE: Zone = {
    "example.com TXT": ['"google-site=1"', '"v=spf1 include:_spf.example.net " "-all"'],
    "s1._domainkey.example.com TXT": ['"v=DKIM1; k=rsa; " "p=MIGf"'],
    "_dmarc.example.com TXT": ['"v=DMARC1; p=reject"'],
    "example.com MX": ["10 mx1.example.com.", "20 mx2.example.com."],
}

S1 = ExpectedKey("s1")


def found(
    zone: Zone, domain: str = "example.com", selector: str = "s1", record: str | None = None
) -> dict[str, SystemCheck]:
    with DnsServer(zone) as server:
        keys = [ExpectedKey(selector, record)] if selector else []
        checks = asyncio.run(check_sender(domain, keys, server.resolver))
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


def test_mail_that_nobody_is_known_to_sign() -> None:
    """Then the key is not guessed; both ways to have one are named."""
    check = found(WHOLE, selector="")["dkim"]
    assert check.state is CheckState.WARNING
    assert "DKIM_SELECTOR" in check.remedy
    assert "emailbuilder dkim create example.com" in check.remedy


@pytest.mark.parametrize(
    ("published", "state", "message"),
    [
        ("v=DKIM1; k=rsa; p=MIGf", CheckState.OK, "holds a key"),
        ("p=MIGf", CheckState.OK, "holds a key"),
        ("v=DKIM1; k=rsa; p=MI Gf ;", CheckState.OK, "holds a key"),
        ("v=DKIM1; k=rsa; p=MIGe", CheckState.WARNING, "another key than the one that signs"),
        ("v=DKIM1; k=rsa; p=", CheckState.WARNING, "revoked"),
        ("x", CheckState.WARNING, "holds no key"),
    ],
)
def test_key_that_signs_is_compared(published: str, state: CheckState, message: str) -> None:
    """By its value alone; what to publish is quoted."""
    record = "v=DKIM1; k=rsa; p=MIGf"
    zone = {**WHOLE, "s1._domainkey.example.com TXT": [f'"{published}"']}
    check = found(zone, record=record)["dkim"]
    assert (check.state, message in check.message) == (state, True), check
    assert record in check.remedy or "revoked" in check.message or state is CheckState.OK


def test_every_key_that_signs_needs_its_record() -> None:
    """The one that lacks it is named."""
    keys = [ExpectedKey("s1", "v=DKIM1; p=MIGf"), ExpectedKey("s2", "v=DKIM1; p=AAAA")]
    with DnsServer(WHOLE) as server:
        checks = asyncio.run(check_sender("example.com", keys, server.resolver))
    check = next(it for it in checks if it.name == "dkim")
    assert check.state is CheckState.WARNING
    assert check.message == "s2._domainkey.example.com holds no key."


@pytest.mark.parametrize(
    ("host", "state", "message"),
    [
        ("mail.example.com", CheckState.OK, "Links lead to mail.example.com."),
        ("six.example.com", CheckState.OK, "Links lead to six.example.com."),
        ("gone.example.com", CheckState.WARNING, "gone.example.com, which has no address"),
        ("localhost", CheckState.OK, "localhost, which needs no record"),
        ("[192.0.2.1]", CheckState.OK, "[192.0.2.1], which needs no record"),
    ],
)
def test_host_of_links_needs_an_address(host: str, state: CheckState, message: str) -> None:
    """Of version 4 or 6. This machine and addresses need none."""
    zone = {"mail.example.com A": ["192.0.2.1"], "six.example.com AAAA": ["2001:db8::1"]}
    with DnsServer(zone) as server:
        check = asyncio.run(check_host("links", host, "Links lead to", server.resolver))
    assert (check.name, check.state, message in check.message) == ("links", state, True), check
    assert bool(check.remedy) == (state is CheckState.WARNING)


@pytest.mark.parametrize("says", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, None])
def test_resolver_that_does_not_help(says: dns.rcode.Rcode | None) -> None:
    """Nothing is known, which is not the domain's fault."""
    with DnsServer({}, says=says) as server:
        checks = asyncio.run(
            check_sender("example.com", [S1], lambda: server.resolver(lifetime_seconds=0.3))
        )
    assert {it.state for it in checks} == {CheckState.WARNING}
    assert all("could not be resolved here" in it.message for it in checks)


def test_machine_without_resolver() -> None:
    """The same."""

    def none() -> None:
        raise Unresolvable("this machine has no resolver")

    checks = asyncio.run(check_sender("example.com", [S1], none))  # type: ignore[arg-type]
    assert [it.state for it in checks] == [CheckState.WARNING] * 4
    assert "this machine has no resolver" in checks[0].message


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a..b", "x" * 70 + ".example", "münchen.example"]
)
def test_domain_that_is_odd(domain: str) -> None:
    """A warning, whatever it is."""
    assert {it.state for it in found({}, domain).values()} == {CheckState.WARNING}


RETURNS: Zone = {
    "b.example.com TXT": ['"v=spf1 a:smtp.example.net ~all"'],
    "b.example.com MX": ["10 mail.example.com."],
    "mail.example.com A": ["192.0.2.1"],
}


@pytest.mark.parametrize(
    ("zone", "spf", "mx"),
    [
        (RETURNS, "b.example.com says", "returns to mail.example.com."),
        ({}, "b.example.com has no SPF record", "has no MX record, so"),
        ({**RETURNS, "b.example.com MX": ["0 ."]}, "says", "has no MX record, so"),
        ({**RETURNS, "mail.example.com A": []}, "says", "mail.example.com, which has no address"),
    ],
)
def test_return_paths_need_spf_and_a_receiver(zone: Zone, spf: str, mx: str) -> None:
    """At the domain of the return paths; what is missing is named with what to publish."""
    with DnsServer(zone) as server:
        checks = asyncio.run(check_return_path("b.example.com", server.resolver))
    assert [it.name for it in checks] == ["spf of b.example.com", "mx of b.example.com"]
    for check, said in zip(checks, (spf, mx), strict=True):
        assert said in check.message
        assert bool(check.remedy) == (check.state is not CheckState.OK)


def test_return_paths_on_this_machine_need_no_records() -> None:
    """Nor do those that are not set."""
    for domain in ("bounces.localhost", ""):
        assert asyncio.run(check_return_path(domain)) == []
