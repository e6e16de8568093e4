"""Keys of leads, sends and wake-ups, derived so that every retry derives the same key.

Invariant: the same walk gives the same key, so a unique index on it excludes a second one.
This module must not know who stores the keys.
"""

import hashlib
import re

IDENTIFIER = re.compile(r"[A-Za-z0-9_:-]{1,64}")
"""Campaign and node ids. They are safe in keys (no `/`), URLs and field names (no `.`)."""

_LEAD_ID = re.compile(r"lead_([A-Za-z0-9_:-]{1,64})_(\d+)_\d+", re.ASCII)


def lead_id(campaign_id: str, seq: int, epoch: int) -> str:
    """`epoch`: when the campaign was first launched, in Unix seconds; the campaign stores it."""
    return f"lead_{campaign_id}_{seq}_{epoch}"


def campaign_of(lead_id: str) -> str | None:
    """Return the campaign in a lead id, whether or not the lead still exists."""
    match = _LEAD_ID.fullmatch(lead_id)
    return match[1] if match else None


def seq_of(lead_id: str) -> int:
    """Return the contact's number in a lead id; 0 if it is not a lead's."""
    match = _LEAD_ID.fullmatch(lead_id)
    return int(match[2]) if match else 0


def epoch_of(lead_id: str) -> str:
    """Return the epoch: campaigns that had the same id one after the other differ in it."""
    return lead_id.rpartition("_")[2]


def send_key(lead_id: str, node_id: str, visit: int, resend_number: int) -> str:
    """Key of one e-mail to one lead. The lead id contains the campaign."""
    return f"{lead_id}/{node_id}/{visit}/{resend_number}"


def wake_key(lead_id: str, node_id: str, visit: int) -> str:
    """Key of the end of one pause: the `scheduled_task_id` of the lead, known before the commit."""
    return f"{lead_id}/{node_id}/{visit}/wake"


def record_key(lead_id: str, revision: int) -> str:
    """Key of the journal record of one committed revision of a lead."""
    return f"{lead_id}@{revision}"


def share(lead_id: str, node_id: str) -> float:
    """Return a number in [0, 1): always the same for a lead and a node, and uniform over leads."""
    digest = hashlib.sha256(f"{lead_id}/{node_id}".encode()).digest()
    # Six bytes: a float holds them exactly, so the quotient never rounds up to 1.
    return int.from_bytes(digest[:6], "big") / (1 << 48)
