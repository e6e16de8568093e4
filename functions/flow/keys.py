"""Names of leads, sends and wake-ups, derived so that every retry derives them again.

Invariant: the same walk gives the same key, so a unique index on a key is a promise.
This module must not know who stores them.
"""

import hashlib
import re

IDENTIFIER = re.compile(r"[A-Za-z0-9_:-]{1,64}")
"""What campaign and node ids look like: safe in keys (no `/`), URLs and field names (no `.`)."""

_LEAD_ID = re.compile(r"lead_([A-Za-z0-9_:-]{1,64})_\d+_\d+", re.ASCII)


def lead_id(campaign_id: str, seq: int, epoch: int) -> str:
    """`epoch`: unix seconds of the campaign's first launch, kept on the campaign."""
    return f"lead_{campaign_id}_{seq}_{epoch}"


def campaign_of(lead_id: str) -> str | None:
    """The campaign that a lead id names, whether the lead is still there or not."""
    match = _LEAD_ID.fullmatch(lead_id)
    return match[1] if match else None


def epoch_of(lead_id: str) -> str:
    """What tells leads of a campaign from those of an earlier one that had its id."""
    return lead_id.rpartition("_")[2]


def send_key(lead_id: str, node_id: str, visit: int, attempt: int) -> str:
    """One e-mail of one lead. A lead id already names its campaign."""
    return f"{lead_id}/{node_id}/{visit}/{attempt}"


def wake_key(lead_id: str, node_id: str, visit: int) -> str:
    """The wake-up of one pause: the lead's `scheduled_task_id`, known before the commit."""
    return f"{lead_id}/{node_id}/{visit}/wake"


def record_key(lead_id: str, revision: int) -> str:
    """One journal record per committed revision of a lead."""
    return f"{lead_id}@{revision}"


def share(lead_id: str, node_id: str) -> float:
    """A number in [0, 1), the same for the same lead at the same node, even over leads."""
    digest = hashlib.sha256(f"{lead_id}/{node_id}".encode()).digest()
    # Six bytes: a float holds them exactly, so the quotient never rounds up to 1.
    return int.from_bytes(digest[:6], "big") / (1 << 48)
