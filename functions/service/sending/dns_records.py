"""The DNS records that a sending domain needs: what to publish, and where.

Invariant: pure. A record has a value that can be copied as it is, or a hint that says what belongs
there; a value is never a guess. This module must not know who asks the DNS.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from functions.mail.dkim import key_name
from functions.service.sending.records import DkimKey

Purpose = Literal["dkim", "spf", "dmarc", "return_path", "links"]

SES_DOMAIN = ".amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """`value`: what to publish; None if only the operator knows it. `hint`: what the record is for,
    and what to do if there is one already."""

    purpose: Purpose
    name: str
    type: Literal["TXT", "MX", "A or CNAME"]
    value: str | None
    hint: str


def records_of(
    domain: str, keys: Iterable[DkimKey], *, spf: str, public_url: str, bounce_domain: str
) -> list[DnsRecord]:
    """`keys`: of this domain. `spf`: the mechanism that allows our mail server; empty if it is not
    known. `public_url`: the base of all links in e-mails. `bounce_domain`: that of return paths;
    empty if mail returns to its sender."""
    host = urlsplit(public_url).hostname or ""
    of_keys = [
        DnsRecord(
            purpose="dkim",
            name=key_name(domain, it.selector),
            type="TXT",
            value=it.public_record,
            hint="Receivers verify signatures with it. Keep it for a week after the key is no "
            "longer used.",
        )
        for it in keys
    ]
    return [
        *of_keys,
        _spf("spf", domain, spf),
        _dmarc(domain),
        *_return_path(domain, bounce_domain, spf, host),
        *_links(host),
    ]


def spf_mechanism(mail_host: str) -> str:
    """The mechanism by which an SPF record allows mail from `mail_host`, a mail server."""
    if mail_host.endswith(SES_DOMAIN):
        return "include:amazonses.com"
    try:
        return f"ip{ip_address(mail_host).version}:{mail_host}"
    except ValueError:
        return f"a:{mail_host}"


def _spf(purpose: Purpose, domain: str, mechanism: str) -> DnsRecord:
    allowed = f" {mechanism}" if mechanism else " mx"
    return DnsRecord(
        purpose=purpose,
        name=domain,
        type="TXT",
        value=f"v=spf1{allowed} ~all",
        hint=f"If there is an SPF record already, add{allowed} to it instead. If your mail "
        "provider names another mechanism (include:…), use that one.",
    )


def _dmarc(domain: str) -> DnsRecord:
    return DnsRecord(
        purpose="dmarc",
        name=f"_dmarc.{domain}",
        type="TXT",
        value="v=DMARC1; p=none",
        hint="If there is a DMARC record already, keep it. Once everything arrives, change none to "
        "quarantine or reject.",
    )


def _return_path(domain: str, bounce_domain: str, mechanism: str, host: str) -> Iterable[DnsRecord]:
    """`host`: the host of PUBLIC_URL, on which the receiver is assumed to run."""
    if is_public_host(bounce_domain):
        yield DnsRecord(
            purpose="return_path",
            name=bounce_domain,
            type="MX",
            value=f"10 {host}" if is_public_host(host) else None,
            hint="The server on which `emailbuilder receive` runs; name that one if it is another. "
            "Undeliverable mail and complaints go there.",
        )
        # Receivers look for SPF at the domain of the envelope sender.
        yield _spf("return_path", bounce_domain, mechanism)
    where = "answers go" if bounce_domain else "bounces and answers go"
    yield DnsRecord(
        purpose="return_path",
        name=domain,
        type="MX",
        value=None,
        hint=f"The server that accepts mail for this domain: {where} to the sender's address.",
    )


def _links(host: str) -> Iterable[DnsRecord]:
    if is_public_host(host):
        yield DnsRecord(
            purpose="links",
            name=host,
            type="A or CNAME",
            value=None,
            hint="The address of this system: tracked links and unsubscribe links lead there.",
        )


def is_public_host(host: str) -> bool:
    """Whether the DNS can know `host`: not this machine, not an IP address or a literal of one."""
    try:
        ip_address(host)
    except ValueError:
        return host[:1] != "[" and "." in host and not host.endswith((".localhost", ".local"))
    return False
