"""What the DNS says about a sending domain and our own hosts:

SPF, DKIM, DMARC, where bounces go, and whether our hosts have an address. A missing record does
not stop mail from leaving, so no check fails; it makes receivers distrust the mail. Sources: RFC
7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), RFC 7505 (null MX).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from functions.mail.dkim import key_name
from functions.service.operations import doctor
from functions.service.operations.records import CheckState, SystemCheck
from functions.service.sending.dns_records import is_public_host

LOOKUP_SECONDS_MAX = 3.0

Resolving = Callable[[], dns.asyncresolver.Resolver]
"""Raises Unresolvable."""

_NAMES = ("spf", "dkim", "dmarc", "mx")
_CANNOT = "Run this check on a machine with a DNS resolver; no problem is known."


class Unresolvable(Exception):  # noqa: N818 (of this machine's DNS, not an error of the domain)
    """There is no resolver, or none answered."""


def system_resolver() -> dns.asyncresolver.Resolver:
    """Raises Unresolvable if this machine has none."""
    try:
        resolver = dns.asyncresolver.Resolver()
    except (dns.exception.DNSException, OSError) as problem:
        raise Unresolvable("this machine has no resolver") from problem
    resolver.lifetime = LOOKUP_SECONDS_MAX
    return resolver


@dataclass(frozen=True, slots=True)
class ExpectedKey:
    """A key that signs mail. `record`: its TXT record; None if the mail server has the key."""

    selector: str
    record: str | None = None


async def check_sender(
    domain: str, keys: Sequence[ExpectedKey], make_resolver: Resolving = system_resolver
) -> list[SystemCheck]:
    """`keys`: those that sign the domain's mail; empty if none is known."""
    try:
        lookup = _Lookup(make_resolver())
    except Unresolvable as problem:
        return [_unresolved(name, domain, problem) for name in _NAMES]
    checks = (
        _spf(lookup, domain),
        _dkim(lookup, domain, keys),
        _dmarc(lookup, domain),
        _mx(lookup, domain),
    )
    found = await asyncio.gather(*map(_in_time, checks), return_exceptions=True)
    return [
        _unresolved(name, domain, it) if isinstance(it, BaseException) else it
        for name, it in zip(_NAMES, found, strict=True)
    ]


async def check_return_path(
    domain: str, make_resolver: Resolving = system_resolver
) -> list[SystemCheck]:
    """`domain`: that of return paths. Receivers look for the SPF record there, and mail returns to
    its MX."""
    if not is_public_host(domain):
        return []
    names = ("spf", "mx")
    try:
        lookup = _Lookup(make_resolver())
        checks = (_spf(lookup, domain), _receiver(lookup, domain))
        found = await asyncio.gather(*map(_in_time, checks), return_exceptions=True)
    except Unresolvable as problem:
        found = [problem, problem]
    return [
        replace(
            _unresolved(name, domain, it) if isinstance(it, BaseException) else it,
            name=f"{name} of {domain}",
        )
        for name, it in zip(names, found, strict=True)
    ]


async def check_host(
    name: str, host: str, used_for: str, make_resolver: Resolving = system_resolver
) -> SystemCheck:
    """`name`: of the check. `used_for`: begins a sentence, such as `Links in e-mails lead to`."""
    if not is_public_host(host):
        message = f"{used_for} {host}, which needs no record."
        return SystemCheck(name=name, state=CheckState.OK, message=message)
    try:
        lookup = _Lookup(make_resolver())
        return await _in_time(_host(lookup, name, host, used_for))
    except Unresolvable as problem:
        return _unresolved(name, host, problem)


async def _host(lookup: "_Lookup", name: str, host: str, used_for: str) -> SystemCheck:
    if await lookup.has_address(host):
        return SystemCheck(name=name, state=CheckState.OK, message=f"{used_for} {host}.")
    return SystemCheck(
        name=name,
        state=CheckState.WARNING,
        message=f"{used_for} {host}, which has no address in the DNS.",
        remedy=f"Publish an A or CNAME record at {host}.",
    )


async def _in_time(check: Awaitable[SystemCheck]) -> SystemCheck:
    try:
        async with asyncio.timeout(doctor.LOOK_SECONDS_MAX):
            return await check
    except TimeoutError as problem:
        raise Unresolvable("no resolver answered in time") from problem


class _Lookup:
    def __init__(self, resolver: dns.asyncresolver.Resolver) -> None:
        self._resolver = resolver

    async def texts(self, name: str) -> list[str]:
        """TXT records, each joined from its parts. Raises Unresolvable."""
        found = await self._records(name, "TXT")
        return [b"".join(it.strings).decode("utf-8", "replace") for it in found]  # type: ignore[attr-defined]

    async def exchanges(self, name: str) -> list[str]:
        """MX hosts. Raises Unresolvable."""
        return [str(it.exchange) for it in await self._records(name, "MX")]  # type: ignore[attr-defined]

    async def has_address(self, name: str) -> bool:
        """Whether it has an A or AAAA record, also by way of a CNAME. Raises Unresolvable."""
        return any([await self._records(name, kind) for kind in ("A", "AAAA")])

    async def _records(self, name: str, kind: str) -> Sequence[object]:
        try:
            # Absolute, so that no search suffix of this machine is tried.
            absolute = dns.name.from_text(name)
            return list(await self._resolver.resolve(absolute, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as problem:
            raise Unresolvable("no resolver answered in time") from problem
        except (dns.exception.DNSException, OSError, ValueError) as problem:
            raise Unresolvable(type(problem).__name__) from problem


async def _spf(lookup: _Lookup, domain: str) -> SystemCheck:
    found = [it for it in await lookup.texts(domain) if _begins(it, "v=spf1")]
    if not found:
        return SystemCheck(
            name="spf",
            state=CheckState.WARNING,
            message=f"{domain} has no SPF record.",
            remedy=f"Publish a TXT record at {domain} that names your mail servers, such as "
            '"v=spf1 include:spf.your-provider.example -all".',
        )
    if len(found) > 1:
        return SystemCheck(
            name="spf",
            state=CheckState.WARNING,
            message=f"{domain} has {len(found)} SPF records, so none counts.",
            remedy="Put what they allow into one record and remove the others.",
        )
    terms = found[0].lower().split()
    if terms[1:] == ["-all"]:
        return SystemCheck(
            name="spf",
            state=CheckState.WARNING,
            message=f"{domain}'s SPF record says that no server may send its mail.",
            remedy="Name your mail servers in the SPF record before its -all.",
        )
    return SystemCheck(name="spf", state=CheckState.OK, message=f"{domain} says {found[0]}")


async def _dkim(lookup: _Lookup, domain: str, keys: Sequence[ExpectedKey]) -> SystemCheck:
    if not keys:
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"Mail of {domain} is not signed here, and DKIM_SELECTOR is not set.",
            remedy=f"Create a key with `emailbuilder dkim create {domain}`. If your mail server "
            "signs, set DKIM_SELECTOR to the s= of the DKIM-Signature it adds.",
        )
    found = [await _key(lookup, domain, it) for it in keys]
    worst = next((it for it in found if it.state is not CheckState.OK), None)
    if worst is not None:
        return worst
    message = " ".join(it.message for it in found)
    return SystemCheck(name="dkim", state=CheckState.OK, message=message)


async def _key(lookup: _Lookup, domain: str, key: ExpectedKey) -> SystemCheck:
    name = key_name(domain, key.selector)
    found = [it for it in await lookup.texts(name) if "p=" in it.replace(" ", "")]
    if not found:
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"{name} holds no key.",
            remedy=_publish(name, key),
        )
    public = _tag(found[0], "p")
    if public == "":
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"The key at {name} is revoked: its p= is empty.",
            remedy="Publish the present key, or sign with another one.",
        )
    if key.record is not None and public != _tag(key.record, "p"):
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"{name} holds another key than the one that signs.",
            remedy=_publish(name, key),
        )
    return SystemCheck(name="dkim", state=CheckState.OK, message=f"{name} holds a key.")


def _publish(name: str, key: ExpectedKey) -> str:
    if key.record is None:
        return "Publish the TXT record your mail server or provider gives you for that selector."
    return f'Publish a TXT record at {name}: "{key.record}".'


async def _dmarc(lookup: _Lookup, domain: str) -> SystemCheck:
    labels = domain.split(".")
    # The domain's own record, otherwise that of its parent domain.
    for start in range(max(len(labels) - 1, 1)):
        name = "_dmarc." + ".".join(labels[start:])
        found = [it for it in await lookup.texts(name) if _begins(it, "v=DMARC1")]
        if found:
            return _policy(name, found)
    return SystemCheck(
        name="dmarc",
        state=CheckState.WARNING,
        message=f"{domain} has no DMARC record.",
        remedy=f"Publish a TXT record at _dmarc.{domain}, to begin with "
        '"v=DMARC1; p=none; rua=mailto:…".',
    )


def _policy(name: str, found: Sequence[str]) -> SystemCheck:
    if len(found) > 1:
        return SystemCheck(
            name="dmarc",
            state=CheckState.WARNING,
            message=f"{name} has {len(found)} DMARC records, so none counts.",
            remedy="Keep one of them.",
        )
    return SystemCheck(name="dmarc", state=CheckState.OK, message=f"{name} says {found[0]}")


async def _mx(lookup: _Lookup, domain: str) -> SystemCheck:
    hosts = await lookup.exchanges(domain)
    if not hosts:
        return SystemCheck(
            name="mx",
            state=CheckState.WARNING,
            message=f"{domain} has no MX record.",
            remedy="Publish one, so that bounces and answers find a mailbox; some receivers refuse "
            "mail from domains without.",
        )
    if hosts == ["."]:
        return SystemCheck(
            name="mx",
            state=CheckState.WARNING,
            message=f"{domain}'s MX record says that it accepts no mail.",
            remedy="Publish an MX record with a host, so that bounces and replies reach a mailbox.",
        )
    return SystemCheck(
        name="mx",
        state=CheckState.OK,
        message=f"{', '.join(sorted(it.rstrip('.') for it in hosts))}",
    )


async def _receiver(lookup: _Lookup, domain: str) -> SystemCheck:
    hosts = sorted(it.rstrip(".") for it in await lookup.exchanges(domain))
    named = [it for it in hosts if it]
    if not named:
        message = f"{domain} has no MX record, so undeliverable mail cannot return."
    elif lost := [it for it in named if not await lookup.has_address(it)]:
        message = f"The MX record of {domain} names {lost[0]}, which has no address in the DNS."
    else:
        message = f"Undeliverable mail returns to {', '.join(named)}."
        return SystemCheck(name="mx", state=CheckState.OK, message=message)
    return SystemCheck(
        name="mx",
        state=CheckState.WARNING,
        message=message,
        remedy=f"Publish an MX record at {domain} that names the host on which `emailbuilder "
        "receive` runs.",
    )


def _unresolved(name: str, domain: str, problem: BaseException) -> SystemCheck:
    message = f"{name.upper()} of {domain} could not be resolved here: {problem}."
    return SystemCheck(name=name, state=CheckState.WARNING, message=message, remedy=_CANNOT)


def _begins(record: str, version: str) -> bool:
    """The version comes first, alone or before a space or semicolon."""
    return record.lower().replace(";", " ").split()[:1] == [version.lower()]


def _tag(record: str, wanted: str) -> str | None:
    for part in record.split(";"):
        name, _, value = part.partition("=")
        if name.strip() == wanted:
            # Records are often pasted with line breaks inside, which RFC 6376 §3.6.1 allows.
            return "".join(value.split())
    return None
