"""Find what is wrong with an e-mail before anybody gets it.

Invariant: only what its author can see and change is looked at, so the same e-mail always gives the
same findings. Pure. This module must not know contacts or campaigns.
"""

from collections.abc import Iterable, Iterator

from functions.flow.nodes import SendEmailNode
from functions.flow.validate import Finding, Severity
from functions.mail.errors import TemplateError
from functions.mail.merge_tags import UnknownTag, merge_tags
from functions.mail.proofread import proofread

TEMPLATE_FIELDS = ("subject", "preheader", "body", "from_name")
BODY_BYTES_MAX = 102 * 1024
"""Gmail cuts off a longer message, and with it the end of the text."""


def email_findings(node: SendEmailNode) -> Iterator[Finding]:
    """Templates that do not compile are left to the flow's validator."""
    for name in TEMPLATE_FIELDS:
        source: str | None = getattr(node.configuration, name)
        if not source:
            continue
        field = f"configuration.{name}"
        try:
            tags, texts = merge_tags(source), proofread(source, is_body=name == "body")
        except TemplateError:
            continue  # the flow's validator reports it
        yield from _unknown_tags(node.id, field, tags.unknown)
        for it in texts:
            yield Finding(Severity.WARNING, it.code, node.id, field, it.message, it.line)
    body_bytes = len((node.configuration.body or "").encode())
    if body_bytes > BODY_BYTES_MAX:
        yield _of_body(
            node,
            "email_too_large",
            f"The body has {body_bytes // 1024} KB. Mail programs cut off e-mails of more than "
            f"{BODY_BYTES_MAX // 1024} KB: shorten it.",
        )


def _of_body(node: SendEmailNode, code: str, message: str) -> Finding:
    return Finding(Severity.WARNING, code, node.id, "configuration.body", message)


def _unknown_tags(node_id: str, field: str, tags: Iterable[UnknownTag]) -> Iterator[Finding]:
    said: set[str] = set()
    for tag in tags:
        if tag.text not in said:
            said.add(tag.text)
            message = _unknown_tag(tag)
            yield Finding(Severity.WARNING, "unknown_tag", node_id, field, message, tag.line)


def _unknown_tag(tag: UnknownTag) -> str:
    if tag.text.startswith("campaign"):
        return f"{{{{ {tag.text} }}}} is not known: a campaign has an id and a name."
    return (
        f"{{{{ {tag.text} }}}} is not known and stays empty: attributes of contacts are written "
        f"{{{{ contact.{tag.text} }}}}."
    )
