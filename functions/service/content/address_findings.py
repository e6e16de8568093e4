"""Find marketing e-mails that do not say where their sender can be reached by post.

Many countries ask for it. The footer says it, once the workspace has an address; an e-mail with a
link to unsubscribe of its own has no footer, and must say it itself.

Invariant: at most one finding for each e-mail. Pure. This module must not know stores.
"""

from collections.abc import Iterator, Sequence

from functions.flow.nodes import SendEmailNode
from functions.flow.validate import Finding, Severity
from functions.mail.errors import TemplateError
from functions.mail.footer import Footer
from functions.mail.merge_tags import merge_tags

CODE = "no_postal_address"


def address_findings(emails: Sequence[SendEmailNode], footer: Footer) -> Iterator[Finding]:
    """`emails`: those that are switched on."""
    for email in emails:
        if email.configuration.purpose != "marketing":
            continue
        fault = _fault(email.configuration.body or "", footer.postal_address)
        if fault is not None:
            yield Finding(Severity.WARNING, CODE, email.id, "configuration.body", fault)


def _fault(body: str, address: str) -> str | None:
    if not address:
        return (
            "The workspace has no postal address, which marketing e-mails must show in many "
            "countries: add it to the settings of the workspace."
        )
    try:
        has_footer = not merge_tags(body).offers_unsubscribing
    except TemplateError:
        return None  # the flow's validator reports it
    if has_footer or address.split("\n")[0] in body:
        return None
    return (
        "The e-mail has a link to unsubscribe, so it gets no footer, but it does not show the "
        "postal address: write it into the body, or remove the link."
    )
