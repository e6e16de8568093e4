"""Effects: what a step asks of the world, as values. Today there is one: to send an e-mail.

Invariant: an effect names its fence, so whoever carries it out can tell that it is stale.
A wait is no effect: the lead itself remembers its due time, and the sweep finds it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendEmail:
    """Send the e-mail of `node_id` to the lead. (lead, node, visit, attempt) is the send key."""

    node_id: str
    visit: int
    attempt: int


Effect = SendEmail
