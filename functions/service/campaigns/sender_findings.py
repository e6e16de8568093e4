"""Find senders whose mail will be refused, and links that readers cannot follow.

Invariant: one finding for each sender, at the place where it is written. Pure.
This module must not know texts of e-mails.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from functions.flow.nodes import SendEmailNode
from functions.flow.validate import Finding, Severity
from functions.mail.free_mail import is_free_mail
from functions.service.campaigns.records import Campaign
from functions.service.policy import Policy


def sender_findings(
    policy: Policy, campaign: Campaign, emails: Sequence[SendEmailNode]
) -> Iterator[Finding]:
    """`emails`: those that are switched on."""
    seen: set[str] = set()
    for email in emails:
        own = email.configuration.from_email
        address = own or campaign.from_email or policy.from_email
        domain = address.rpartition("@")[2].lower()
        if domain in seen:
            continue
        seen.add(domain)
        node_id, field = (email.id, "configuration.from_email") if own else (None, "from_email")
        if is_free_mail(domain):
            yield Finding(
                Severity.WARNING,
                "free_mail_sender",
                node_id,
                field,
                f"{address} belongs to a free mail provider, whose own servers alone may send from "
                "it: mail servers refuse it or put it into spam. Send from a domain of your own.",
            )
        elif policy.sender_domains and not _is_among(domain, policy.sender_domains):
            known = ", ".join(policy.sender_domains)
            yield Finding(
                Severity.WARNING,
                "foreign_sender",
                node_id,
                field,
                f"{domain} is none of the domains that this system sends from ({known}): choose an "
                "address there, or add the domain to SENDER_DOMAINS.",
            )
    if emails and policy.mail_leaves:
        yield from _of_links(policy.public_url)


def _is_among(domain: str, domains: Sequence[str]) -> bool:
    return any(domain == it or domain.endswith(f".{it}") for it in domains)


def _of_links(public_url: str) -> Iterator[Finding]:
    parts = urlsplit(public_url)
    if not _is_reachable(parts.hostname or ""):
        fault = "leads to this machine or its network, where readers cannot reach it"
    elif parts.scheme != "https":
        fault = "does not begin with https, so mail programs do not offer to unsubscribe"
    else:
        return
    message = f"PUBLIC_URL, with which all links begin, {fault}. It is {public_url}."
    yield Finding(Severity.WARNING, "public_url", None, None, message)


def _is_reachable(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return host != "localhost" and not host.endswith((".localhost", ".local", ".internal"))
