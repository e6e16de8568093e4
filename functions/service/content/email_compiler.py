"""Compile an e-mail: its templates, its links and its sender, ready to render for any contact.

Invariant: an e-mail without a sender or a Reply-To of its own uses the campaign's, and a campaign
without one uses the installation's; a workspace's Reply-To comes before the latter. This module
must not know where texts and campaigns are stored.
"""

from dataclasses import dataclass
from datetime import datetime

from functions.mail.compose import CompiledEmail, compile_email
from functions.mail.footer import Footer
from functions.mail.tokens import Keyring
from functions.service.policy import Policy


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of an e-mail in a campaign, and the campaign's sender and Reply-To; None if it
    names none. `campaign_created_at`: UTC."""

    campaign_id: str
    campaign_name: str
    campaign_created_at: datetime
    node_id: str
    from_name: str | None
    from_email: str | None
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class EmailCompiler:
    """`keyring` signs tracking and unsubscribe links."""

    policy: Policy
    keyring: Keyring

    def compile(
        self,
        origin: Origin,
        *,
        subject: str,
        body: str | None,
        preheader: str | None,
        from_name: str | None,
        from_email: str | None,
        reply_to: str | None,
        workspace_reply_to: str | None = None,
        is_marketing: bool = True,
        footer: Footer | None = None,
        is_test: bool = False,
    ) -> CompiledEmail:
        """Raises TemplateError."""
        return compile_email(
            subject=subject,
            body=body or "",
            from_name=from_name or origin.from_name or self.policy.from_name,
            from_email=from_email or origin.from_email or self.policy.from_email,
            preheader=preheader,
            reply_to=reply_to or origin.reply_to or workspace_reply_to or self.policy.reply_to,
            campaign_id=origin.campaign_id,
            campaign_name=origin.campaign_name,
            campaign_created_at=origin.campaign_created_at,
            node_id=origin.node_id,
            public_url=self.policy.public_url,
            keyring=self.keyring,
            is_marketing=is_marketing,
            footer=footer,
            is_test=is_test,
            bounce_domain=self.policy.bounce_domain,
        )
