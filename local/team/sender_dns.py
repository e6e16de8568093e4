"""What the DNS says about the sending domain:

SPF, DKIM, DMARC, and where bounces go. A missing record does not stop mail from leaving, so no
check fails; it makes receivers distrust the mail. Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC
7489 (DMARC), RFC 7505 (null MX).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from functions.service.operations import doctor
from functions.service.operations.records import CheckState, SystemCheck

LOOKUP_SECONDS_MAX = 3.0

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


async def check_sender(
    domain: str,
    selector: str,
    make_resolver: Callable[[], dns.asyncresolver.Resolver] = system_resolver,
) -> list[SystemCheck]:
    """`selector`: the DKIM key's; empty if unknown."""
    try:
        lookup = _Lookup(make_resolver())
    except Unresolvable as problem:
        return [_unresolved(name, domain, problem) for name in _NAMES]
    checks = (
        _spf(lookup, domain),
        _dkim(lookup, domain, selector),
        _dmarc(lookup, domain),
        _mx(lookup, domain),
    )
    found = await asyncio.gather(*map(_in_time, checks), return_exceptions=True)
    return [
        _unresolved(name, domain, it) if isinstance(it, BaseException) else it
        for name, it in zip(_NAMES, found, strict=True)
    ]


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


async def _dkim(lookup: _Lookup, domain: str, selector: str) -> SystemCheck:
    if not selector:
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message="DKIM_SELECTOR is not set, so the key could not be looked up.",
            remedy="Set DKIM_SELECTOR to the s= of the DKIM-Signature your mail server adds.",
        )
    name = f"{selector}._domainkey.{domain}"
    found = [it for it in await lookup.texts(name) if "p=" in it.replace(" ", "")]
    if not found:
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"{name} holds no key.",
            remedy="Publish the TXT record your mail server or provider gives you for that "
            "selector.",
        )
    if _tag(found[0], "p") == "":
        return SystemCheck(
            name="dkim",
            state=CheckState.WARNING,
            message=f"The key at {name} is revoked: its p= is empty.",
            remedy="Publish the present key, or set DKIM_SELECTOR to the selector in use.",
        )
    return SystemCheck(name="dkim", state=CheckState.OK, message=f"{name} holds a key.")


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
            return value.strip()
    return None
