"""The demo's bouncing and complaining readers, in a campaign of their own.

They come after the others, so that the checker finds only the mail of its script in the inbox.
"""

import time
from dataclasses import dataclass
from typing import Any

from local.client import Client, node_count

CAMPAIGN_ID = "demo-returns"
NODE = "email"
READERS = ("bounce@example.com", "complain@example.com")
SECONDS_MAX = 30.0
LOOK_SECONDS = 0.1

FLOW: dict[str, Any] = {
    "campaign_id": CAMPAIGN_ID,
    "name": "Demo: mail that comes back",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": NODE, "type": "sendEmail", "configuration": {"subject": "Hello", "body": "Hello"}},
    ],
    "connections": [{"from_node": "start", "to_node": NODE}],
    "contacts": [{"email": it} for it in READERS],
    "launch": True,
}


@dataclass(frozen=True, slots=True)
class Returns:
    """How many messages bounced, how many readers complained, and how many of both are suppressed
    now."""

    bounced: int
    complained: int
    suppressed: int

    @property
    def ok(self) -> bool:
        return (self.bounced, self.complained, self.suppressed) == (1, 1, len(READERS))


def play_returns(client: Client) -> Returns:
    """Sends to both and waits, for `SECONDS_MAX` at most, for what comes back."""
    client.create(FLOW)
    end = time.monotonic() + SECONDS_MAX
    while True:
        campaign = client.campaign(CAMPAIGN_ID)
        listed = client.suppressions(search="", after="", limit=len(READERS) + 1)
        returns = Returns(
            bounced=node_count(campaign, NODE, "bounced"),
            complained=node_count(campaign, NODE, "complained"),
            suppressed=len(listed["suppressions"]),
        )
        if returns.ok or time.monotonic() > end:
            return returns
        time.sleep(LOOK_SECONDS)
