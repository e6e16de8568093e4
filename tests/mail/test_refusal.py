"""What servers mean: refusals as Postfix, Exim, Exchange and large providers word them."""

import pytest

from functions.flow.outcome import Concern
from functions.mail.refusal import Step, concern_of

CONNECT, MAIL, RCPT, DATA_COMMAND, CONTENT = Step
SENDER, RECIPIENT = Concern.SENDING_ACCOUNT, Concern.RECIPIENT
RATE, CONNECTION, UNCLEAR = Concern.RATE, Concern.CONNECTION, Concern.UNCLEAR
ANN = "<ann@example.com>"

REFUSALS = [
    # Who we are, at whatever step it is said.
    (RCPT, 554, f"5.7.1 {ANN}: Sender address rejected: Access denied", SENDER),
    (RCPT, 553, f"5.7.1 {ANN}: Sender address rejected: not owned by user shop", SENDER),
    (RCPT, 450, f"4.1.8 {ANN}: Sender address rejected: Domain not found", SENDER),
    (RCPT, 550, "5.1.8 bad sender's system address", SENDER),
    (RCPT, 550, "Sender verify failed", SENDER),
    (RCPT, 554, f"5.7.1 {ANN}: Relay access denied", SENDER),
    (RCPT, 550, "relay not permitted", SENDER),
    (RCPT, 550, "5.7.64 TenantAttribution; Relay Access Denied", SENDER),
    (RCPT, 504, "5.5.2 <4d8056d6dba2>: Helo command rejected: need fully-qualified name", SENDER),
    (RCPT, 550, "5.4.5 Daily user sending limit exceeded, try again in 24 hours", SENDER),
    (CONTENT, 550, "5.4.5 Daily user sending limit exceeded. x1 - gsmtp", SENDER),
    (CONTENT, 554, "Hourly message quota exceeded for this account", SENDER),
    (RCPT, 554, "5.7.1 Service unavailable; client host [192.0.2.7] blocked", SENDER),
    (RCPT, 550, "5.7.1 mail from 192.0.2.7 refused, see spamhaus", SENDER),
    (CONTENT, 550, "5.7.509 Access denied, the domain does not pass DMARC verification", SENDER),
    (RCPT, 550, "5.7.60 client is not allowed to send as this sender", SENDER),
    (MAIL, 550, "no", SENDER),
    (MAIL, 530, "5.7.0 authentication required", SENDER),
    (RCPT, 530, "log in", SENDER),
    (CONNECT, 535, "5.7.8 the password is wrong", SENDER),
    (CONNECT, 454, "4.7.0 temporary authentication failure", SENDER),
    (CONNECT, 554, "no mail from your network", SENDER),
    # The recipient, or this one message.
    (RCPT, 550, f"5.1.1 {ANN}: Recipient address rejected: User unknown", RECIPIENT),
    (RCPT, 554, f"5.7.1 {ANN}: Recipient address rejected: Access denied", RECIPIENT),
    (RCPT, 550, "No such user here", RECIPIENT),
    (RCPT, 550, "Requested action not taken: mailbox unavailable", RECIPIENT),
    (RCPT, 550, "the address ann@example.com does not exist", RECIPIENT),
    (RCPT, 552, "5.2.2 mailbox is over quota", RECIPIENT),
    (RCPT, 452, "4.2.2 the account you tried to reach is over quota", RECIPIENT),
    (RCPT, 450, "4.2.1 this user is receiving mail at a rate that is too high", RECIPIENT),
    (RCPT, 450, f"4.2.0 {ANN}: Recipient address rejected: Greylisted, try later", RECIPIENT),
    (RCPT, 451, "4.7.1 try again later", RECIPIENT),
    (CONTENT, 451, "4.3.0 try again later", RECIPIENT),
    (MAIL, 552, "5.3.4 the message exceeds the size limit", RECIPIENT),
    (CONTENT, 552, "too large", RECIPIENT),
    # Too fast.
    (MAIL, 450, "4.7.1 Error: too much mail from 192.0.2.7", RATE),
    (MAIL, 451, "4.3.0 try again later", RATE),
    (RCPT, 451, "4.7.500 server busy: throttled", RATE),
    (RCPT, 421, "4.7.28 an unusual rate of mail from your address", RATE),
    (CONTENT, 454, "Throttling failure: maximum sending rate exceeded", SENDER),
    (CONTENT, 450, "maximum sending rate exceeded", RATE),
    # Connections.
    (CONNECT, 421, "4.7.0 mx Error: too many connections from 192.0.2.7", CONNECTION),
    (CONNECT, 421, "too many concurrent SMTP connections; please try again later", CONNECTION),
    (CONNECT, 450, "not now", CONNECTION),
    (MAIL, 421, "4.7.0 too many messages in this connection", CONNECTION),
    (CONTENT, 421, "4.3.2 shutting down", CONNECTION),
    # Nobody can tell from this.
    (CONTENT, 554, "5.7.1 rejected as spam", UNCLEAR),
    (RCPT, 550, "administrative prohibition", UNCLEAR),
    (DATA_COMMAND, 554, "5.5.1 no valid recipients", UNCLEAR),
]


@pytest.mark.parametrize(("step", "code", "text", "concern"), REFUSALS)
def test_refusal_is_about(step: Step, code: int, text: str, concern: Concern) -> None:
    assert concern_of(step, code, text) is concern


@pytest.mark.parametrize("step", Step)
def test_unknown_mailbox_never_concerns_the_account(step: Step) -> None:
    """Not even beside words that would."""
    if step is not CONNECT:
        text = f"5.1.1 {ANN}: relay access denied, user unknown, see the block list"
        assert concern_of(step, 550, text) is RECIPIENT
