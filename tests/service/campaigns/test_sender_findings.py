"""Senders whose mail is refused, and links that lead nowhere, found before a launch."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.flow.nodes import SendEmailNode
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.sender_findings import sender_findings
from functions.service.policy import Policy

AT = datetime(2027, 6, 1, tzinfo=UTC)
POLICY = Policy("https://mail.example.com", "news@example.com", mail_leaves=True)
CAMPAIGN = Campaign(
    workspace_id=DEFAULT_WORKSPACE,
    campaign_id="c",
    name="C",
    status=CampaignStatus.DRAFT,
    draft={},
    created_at=AT,
    updated_at=AT,
)


def email(node_id: str, from_email: str | None = None) -> SendEmailNode:
    settings = {"subject": "Hi", "body": "Hi", "from_email": from_email}
    return SendEmailNode.model_validate({"id": node_id, "configuration": settings})


def found(policy: Policy, *emails: SendEmailNode, sender: str | None = None) -> list[object]:
    campaign = replace(CAMPAIGN, from_email=sender)
    return [(it.code, it.node_id, it.field) for it in sender_findings(policy, campaign, emails)]


@pytest.mark.parametrize(
    "domain", ["gmail.com", "GMX.de", "yahoo.fr", "hotmail.co.uk", "live.de", "qq.com"]
)
def test_free_mail_is_found_where_the_sender_is_written(domain: str) -> None:
    """In the e-mail, in the campaign, or in the installation's settings; each once."""
    own = ("free_mail_sender", "a", "configuration.from_email")
    whole = ("free_mail_sender", None, "from_email")
    address = f"shop@{domain}"
    assert found(POLICY, email("a", address), email("b", address)) == [own]
    assert found(POLICY, email("a"), email("b"), sender=address) == [whole]
    assert found(replace(POLICY, from_email=address), email("a")) == [whole]
    assert found(replace(POLICY, from_email=address), email("a"), sender="x@example.com") == []


@pytest.mark.parametrize("domain", ["example.com", "outlook.example.com", "live.nation.example"])
def test_own_domains_are_no_free_mail(domain: str) -> None:
    """Even if they begin like one."""
    assert found(POLICY, email("a", f"shop@{domain}")) == []


@pytest.mark.parametrize(
    ("domain", "is_known"),
    [
        ("example.com", True),
        ("NEWS.example.com", True),
        ("example.org", False),
        ("notexample.com", False),
    ],
)
def test_sender_must_be_among_the_domains_of_the_setting(domain: str, is_known: bool) -> None:
    """Their subdomains are included; without the setting any domain is."""
    policy = replace(POLICY, sender_domains=("example.com", "example.net"))
    expected = [] if is_known else [("foreign_sender", "a", "configuration.from_email")]
    assert found(policy, email("a", f"shop@{domain}")) == expected
    assert found(POLICY, email("a", f"shop@{domain}")) == []


@pytest.mark.parametrize(
    ("url", "is_found"),
    [
        ("https://mail.example.com", False),
        ("http://mail.example.com", True),
        ("http://localhost:8000", True),
        ("https://localhost", True),
        ("https://127.0.0.1", True),
        ("https://192.168.1.7", True),
        ("https://nas.local", True),
        ("https://9.9.9.9", False),
    ],
)
def test_links_must_be_reachable_if_mail_leaves(url: str, is_found: bool) -> None:
    """An inbox on this machine needs no public address."""
    policy = replace(POLICY, public_url=url)
    assert found(policy, email("a")) == ([("public_url", None, None)] if is_found else [])
    assert found(replace(policy, mail_leaves=False), email("a")) == []
    assert found(policy) == []
