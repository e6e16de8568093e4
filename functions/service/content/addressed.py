"""A flow as one lead sees it: with the subjects of its e-mails rendered for that contact.

Invariant: nothing but subjects changes, and a subject that cannot be rendered stays as its author
wrote it. Pure. This module must not know who shows the flow.
"""

from functions.flow.lead import Lead
from functions.flow.model import Flow
from functions.flow.nodes import Node, SendEmailNode
from functions.mail.contact_values import contact_values
from functions.mail.errors import TemplateError
from functions.mail.template import compile_template


def addressed(flow: Flow, lead: Lead, campaign_id: str, campaign_name: str) -> Flow:
    context: dict[str, object] = {
        "contact": contact_values(lead.email, lead.attributes),
        "campaign": {"id": campaign_id, "name": campaign_name},
    }
    return flow.model_copy(update={"nodes": tuple(_written(it, context) for it in flow.nodes)})


def _written(node: Node, context: dict[str, object]) -> Node:
    if not isinstance(node, SendEmailNode):
        return node
    try:
        subject = compile_template(node.configuration.subject).render(context)
    except TemplateError:
        return node
    settings = node.configuration.model_copy(update={"subject": subject})
    return node.model_copy(update={"configuration": settings})
