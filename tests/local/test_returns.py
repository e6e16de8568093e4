"""In the local system, mail to readers that the inbox plays comes back, and is recorded."""

from pathlib import Path
from typing import Any

import httpx

from harness.patience import until
from local.client import Client, node_count
from local.settings import LocalSettings
from local.system import System

FLOW: dict[str, Any] = {
    "campaign_id": "c",
    "name": "C",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "a", "type": "sendEmail", "configuration": {"subject": "A", "body": "a"}},
        {"id": "end", "type": "end", "configuration": {"reason": "finished"}},
    ],
    "connections": [{"from_node": "start", "to_node": "a"}, {"from_node": "a", "to_node": "end"}],
    "launch": True,
}
READERS = ("ann", "bounce.1", "full", "complain")


def test_mail_of_bouncing_and_complaining_readers_comes_back(tmp_path: Path) -> None:
    """An address that does not exist and a complaint are suppressed; a full mailbox is not."""
    with System(LocalSettings(home=tmp_path / "home", port=0, smtp_port=0)) as system:
        client = Client(system.url, token=system.token)
        contacts = [{"email": f"{name}@example.com"} for name in READERS]
        client.create({**FLOW, "contacts": contacts})

        def counted() -> tuple[int, int]:
            campaign = client.campaign("c")
            return node_count(campaign, "a", "bounced"), node_count(campaign, "a", "complained")

        until(lambda: counted() == (2, 1))
        page = client.suppressions(search="", after="", limit=9)
        assert [(it["email"], it["reason"], it["source"]) for it in page["suppressions"]] == [
            ("bounce.1@example.com", "hard_bounce", "550 5.1.1 nobody here"),
            ("complain@example.com", "complaint", "abuse"),
        ]
        assert system.inbox.count() == len(READERS)
        leads = client.leads("c", limit=9, node="a", metric="bounced")["leads"]
        assert {it["email"] for it in leads} == {"bounce.1@example.com", "full@example.com"}
        assert httpx.get(f"{system.url}/health/ready").status_code == 200
