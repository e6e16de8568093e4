"""Effects: what a step asks for, as values. There is one so far: send an e-mail.

Invariant: an effect carries its fence (node, visit, resend number), so the code that carries it
out can tell whether it is stale. A wait is not an effect: the lead stores its due time, and the
sweep finds it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendEmail:
    """Send the e-mail of `node_id` to the lead. Lead, node, visit and resend number make the send
    key."""

    node_id: str
    visit: int
    resend_number: int


Effect = SendEmail
