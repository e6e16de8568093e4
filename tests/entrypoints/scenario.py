"""The input for both transports: campaigns, people, a mail server's behaviour, and invalid jobs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.flow.keys import lead_id
from functions.flow.lead import AttributeValue
from functions.flow.spelling import normalise
from harness.fakes.scenes import email, flow, wait

Document = dict[str, Any]

FIXTURES = Path(__file__).parents[1] / "flow" / "fixtures"

PEOPLE: Mapping[str, Mapping[str, AttributeValue]] = {
    "ann": {"first_name": "Ann", "plan": "trial", "seats": 3, "orders": "12", "city": "Köln"},
    "bob": {"first_name": "Bob", "plan": "free", "seats": 0, "orders": 1},
    "eve": {"plan": "pro"},
}
WAIT_SECONDS = 1
WATCH_SECONDS = 5
"""Long enough that a lead arrives before it is over."""
CLICK_SECONDS = 60
"""Long enough for a reader who clicks as soon as the lead waits for the click."""

EPOCH = 1_800_000_000
"""The prefix of every campaign's id: part of leads' ids, so it determines what splits decide."""
OPEN = "stays-open"
"""The campaign that is not over when all the others are: its lead waits for a day."""
OUTCOMES = "outcomes"

REPLIES: Mapping[str, Sequence[str]] = {
    "refused@example.com": ["550 5.1.1 no such person"] * 9,
    "later@example.com": ["421 4.3.2 busy"],
    "much-later@example.com": ["421 4.3.2 busy", "421 4.3.2 still busy"],
}
SUPPRESSED = "gone@example.com"
OUTCOME_PEOPLE: Mapping[str, Mapping[str, AttributeValue]] = {
    **{address: {"each": 2} for address in REPLIES},
    SUPPRESSED: {"each": 2},
    "raises@example.com": {"each": 0},
    "fine@example.com": {"each": 5},
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A campaign and its people. `is_read`: they click, or open, as soon as their lead waits for
    it.
    """

    campaign_id: str
    flow: Document
    people: Mapping[str, Mapping[str, AttributeValue]]
    is_read: bool = False


def scenes() -> list[Scene]:
    outcomes = flow(
        [email("one", "{{ 10 | divided_by: contact.each }} for you"), wait("w", 1), email("two")],
        "one>w",
        "w>two",
    )
    found = [
        Scene(OUTCOMES, outcomes, OUTCOME_PEOPLE),
        Scene(OPEN, flow([wait("day", 86400)]), {"waits@example.com": {}}),
    ]
    for path in sorted(FIXTURES.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        name = path.stem.replace("_", "-")
        watches = '"mode": "behaviour"' in json.dumps(normalise(document))
        # If nobody answers, it asks a hundred times.
        if name != "loop-until-clicked":
            found.append(_scene(name, document, WATCH_SECONDS))
        if watches:
            found.append(_scene(f"{name}-read", document, CLICK_SECONDS, is_read=True))
    return found


def _scene(name: str, document: Document, watch_seconds: int, *, is_read: bool = False) -> Scene:
    people = {f"{who}@{name}.example.com": known for who, known in PEOPLE.items()}
    return Scene(name, hurried(document, watch_seconds), people, is_read)


def hurried(document: Document, watch_seconds: int) -> Document:
    """The same flow, with waits of a second."""
    made: Document = json.loads(json.dumps(normalise(document)))
    for node in made["nodes"]:
        settings = node.get("configuration", {})
        if node["type"] == "wait":
            node["configuration"] = wait("", WAIT_SECONDS)["configuration"]
        elif settings.get("mode") == "behaviour":
            settings["within"] = {"amount": watch_seconds, "unit": "seconds"}
    return made


@dataclass(frozen=True, slots=True)
class BadJob:
    """`body`: raw text, or a JSON value. `is_dead`: whether it ends as a dead letter."""

    is_send: bool
    body: object
    is_dead: bool = True


_WAITING = lead_id(OPEN, 1, EPOCH)
BAD_JOBS = (
    BadJob(True, "no JSON"),
    BadJob(True, "[" * 5000),
    BadJob(True, {}),
    BadJob(True, [1]),
    BadJob(True, {"lead_id": 5, "campaign_id": OPEN, "node_id": "day"}),
    BadJob(True, {"lead_id": "nobody", "campaign_id": OPEN, "node_id": "day"}),
    BadJob(True, {"lead_id": "l", "campaign_id": OPEN, "node_id": "day", "visit": 0}),
    BadJob(False, "{"),
    BadJob(False, {"campaign_id": OPEN}),
    BadJob(False, {"lead_id": "nobody", "campaign_id": OPEN}),
    BadJob(False, {"lead_id": "x" * 999, "campaign_id": OPEN}),
    # For a campaign that no longer exists, or obsolete.
    BadJob(False, {"lead_id": "nobody", "campaign_id": "deleted"}, is_dead=False),
    BadJob(False, {"job_id": "no-such-job"}, is_dead=False),
    # In the format of other versions: too early, and for messages that no lead waits for.
    BadJob(False, {"lead_id": _WAITING, "campaign_id": OPEN, "node": "day"}, is_dead=False),
    BadJob(
        True,
        {"lead_id": _WAITING, "campaign_id": OPEN, "node_id": "day", "body": "<p>x</p>"},
        is_dead=False,
    ),
)
