"""The doctor's probes of what comes back: reports by HTTP, and the mailbox."""

import asyncio
from urllib.parse import urlsplit

from pydantic import SecretStr

from functions.service.operations.doctor import Probe, look_at
from functions.service.operations.probes import feedback_probe
from functions.service.operations.records import CheckState, Diagnosis, SystemCheck
from functions.service.sending.dns_records import SES_DOMAIN
from functions.service.tracking.feedback_sources import FeedbackSources
from local.receiver.mailbox import Mailbox, MailboxError
from local.receiver.mailbox_address import MailboxAddress
from local.team.settings import TeamSettings

_REMEDY = (
    "Correct IMAP_URI (percent-encoded: @ is %40), and check that its server can be reached from "
    "here. Until then, returned mail waits in the mailbox."
)


def team_feedback_probe(settings: TeamSettings) -> Probe:
    sources = FeedbackSources(settings.ses_topics, secrets=settings.feedback_keys)
    server = urlsplit(settings.smtp_uri.get_secret_value()).hostname or ""
    return feedback_probe(sources, sends_through_ses=server.endswith(SES_DOMAIN))


async def look_at_mailbox(uri: SecretStr) -> Diagnosis:
    """Logs in and opens the folder. It reads no mail."""
    address = MailboxAddress.parse(uri.get_secret_value())

    def opened() -> int:
        mailbox = Mailbox(address)
        try:
            return mailbox.check()
        finally:
            mailbox.close()

    async def look() -> list[SystemCheck]:
        count = await asyncio.to_thread(opened)
        message = f"It can be read; it holds {count} mails."
        return [SystemCheck(name="mailbox", state=CheckState.OK, message=message)]

    return Diagnosis(checks=await look_at("mailbox", _REMEDY, look, _text))


def _text(problem: Exception) -> str:
    if isinstance(problem, MailboxError):
        return str(problem)
    return f"Does not answer ({type(problem).__name__})."
