"""Check the texts of a flow, but not for longer than a request may take.

Invariant: every text has been checked, or has a finding that says that it was not, and which text
took so long. This module must not know stores.
"""

from collections.abc import Iterator, Mapping, Sequence

from functions.flow.nodes import SendEmailNode
from functions.flow.spelling import normalise
from functions.flow.validate import CheckText, Finding, Severity
from functions.mail.template import check_template
from functions.service.content.allowance import Allowance, TextsTooSlowError
from functions.service.content.email_findings import TEMPLATE_FIELDS, email_findings


def checking(flow: Mapping[str, object], allowance: Allowance) -> CheckText:
    """A `check_template` for the templates of `flow`, which may be in any spelling."""

    def check(source: str) -> str | None:
        try:
            return allowance.spend(source, lambda: check_template(source))
        except TextsTooSlowError as slow:
            return _not("checked", slow, flow)

    return check


def proofread_emails(
    flow: Mapping[str, object], emails: Sequence[SendEmailNode], allowance: Allowance
) -> Iterator[Finding]:
    """The findings about `emails` of `flow`, which have been checked."""
    for email in emails:
        body = email.configuration.body or ""
        try:
            yield from allowance.spend(body, lambda it=email: list(email_findings(it)))  # type: ignore[misc]
        except TextsTooSlowError as slow:
            message = _not("proofread", slow, flow)
            yield Finding(Severity.WARNING, "not_proofread", email.id, None, message)


def _not(done: str, slow: TextsTooSlowError, flow: Mapping[str, object]) -> str:
    return (
        f"Not {done}: the e-mails of this flow take too long. {_place(slow.text, flow)} took "
        f"{slow.seconds:.1f} s: make it simpler."
    )


def _place(text: str, flow: Mapping[str, object]) -> str:
    """Where the text is: the first place, if there are several."""
    nodes = normalise(flow).get("nodes")
    for node in nodes if isinstance(nodes, list) else ():
        configuration = node.get("configuration") if isinstance(node, Mapping) else None
        if not isinstance(configuration, Mapping):
            continue
        name = next((it for it in TEMPLATE_FIELDS if configuration.get(it) == text), None)
        if name is not None:
            return f"The {name} of {node.get('id')}"
    return "One text"
