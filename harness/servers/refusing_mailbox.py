"""A mailbox that refuses its client rather than single recipients, as relays with limits do."""

from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from harness.servers.mailbox import Mailbox


@dataclass
class RefusingMailbox(Mailbox):
    """All of these may be changed at any time.

    `quota`: how many messages it takes from now on; None: any number. `wanted_greeting`: the only
    name in EHLO after which it takes mail; empty: any. `dislikes`: messages with this text are
    refused; empty: none.
    """

    quota: int | None = None
    wanted_greeting: str = ""
    dislikes: str = ""

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        name = session.host_name
        if self.wanted_greeting and name != self.wanted_greeting:
            return f"504 5.5.2 <{name}>: HELO refused, use your full host name"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.dislikes and self.dislikes.encode() in (envelope.original_content or b""):
            return "554 5.7.1 This message is not wanted here"
        if self.quota == 0:
            return "550 5.4.5 You have reached your daily sending quota"
        if self.quota is not None:
            self.quota -= 1
        return await super().handle_DATA(server, session, envelope)
