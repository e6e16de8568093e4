"""Records become documents and come back the same, as Python values and as JSON."""

import dataclasses
import json
import math
from datetime import timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from functions.adapters.documents import (
    STORED_NAMES,
    dump,
    dump_effects,
    dump_json,
    dump_records,
    load,
    load_effects,
    load_json,
    load_records,
)
from functions.flow.effect import Effect, SendEmail
from functions.flow.lead import Lead
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.campaigns.records import Campaign, FlowVersion
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import StoredJob
from functions.service.reports.records import Counts
from functions.service.sending.records import Message
from functions.service.tracking.records import StoredTrackingEvent
from tests.adapters.store_contract.builders import (
    NOW,
    ODD,
    at,
    campaign,
    commit,
    contact,
    idempotency_record,
    job,
    lead,
    message,
    record,
    sending,
    stored,
    tracking_event,
    waiting,
)

RECORDS = [
    campaign("c1", draft={"nodes": [{"id": "a", "layout": {"x": 1.5, "y": None}}]}, epoch=7),
    FlowVersion("c1", 1, {"nodes": []}, NOW),
    contact(1, attributes=ODD),
    lead(1, attributes=ODD),
    waiting(lead(2), 0.001),
    sending(lead(3)),
    stored(commit(sending(lead(4)), 20)),
    message(1, retry_at=at(3)),
    tracking_event(1, "l1", look_s=4),
    record("k", None),
    job("j", lease_until=at(1), token="t"),
    Counts(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="c1",
        revision=1,
        values={"at/a/waiting": 5},
        changed={"at/a/waiting": 1},
        applied=("k1", "k2"),
    ),
    Suppression(
        workspace_id=DEFAULT_WORKSPACE,
        email_key="a@example.org",
        reason=SuppressionReason.HARD_BOUNCE,
        at=NOW,
    ),
    idempotency_record("k", body='{"a": 1}'),
]


@pytest.mark.parametrize("value", RECORDS, ids=lambda value: type(value).__name__)
def test_record_comes_back_the_same(value: object) -> None:
    """In both forms, including the types of nested values (`==` would take 1 for 1.0)."""
    assert repr(load(type(value), dump(value))) == repr(value)
    back = load_json(type(value), dump_json(value))
    assert back == value
    assert dump_json(back) == dump_json(value)


def test_document_is_plain_and_new() -> None:
    """Dicts all the way down, sharing nothing that a store might change."""
    before = lead(1, visits={"a": 1})
    document = dump(before)
    document["visits"]["a"] = 9
    assert before.visits == {"a": 1}
    assert type(dump(stored(commit(sending(before), 20)))["records"][0]["delta"]) is dict
    assert document["enrolled_at"] == NOW


def test_stored_names_stay_those_of_older_versions() -> None:
    """An older process beside this one reads what this one writes, and the other way round."""
    names: set[str] = set()
    for value in RECORDS:
        names |= _names_in(json.loads(dump_json(value)))
    assert STORED_NAMES.keys().isdisjoint(names)
    assert names.issuperset(STORED_NAMES.values())


def _names_in(document: object) -> set[str]:
    match document:
        case dict():
            return set(document).union(*map(_names_in, document.values()))
        case list():
            return set().union(*map(_names_in, document))
        case _:
            return set()


def test_lists_and_strings_become_tuples_and_enum_members() -> None:
    """As a document database gives them back, with keys of its own."""
    whole = stored(commit(sending(lead(1)), 20))
    plain = json.loads(json.dumps(dump(whole), default=lambda value: value.isoformat()))
    plain["_id"] = "x"
    assert load(StoredLead, plain) == whole


def test_json_keeps_milliseconds() -> None:
    """And the zone, which is UTC."""
    back = load_json(
        Suppression,
        dump_json(
            Suppression(
                workspace_id=DEFAULT_WORKSPACE,
                email_key="a",
                reason=SuppressionReason.BY_HAND,
                at=at(0.001),
            )
        ),
    )
    assert back.at - NOW == timedelta(milliseconds=1)
    assert back.at.utcoffset() == timedelta(0)


def test_json_keeps_infinite_and_large_numbers() -> None:
    """Strict JSON has neither."""
    odd = {"up": math.inf, "down": -math.inf, "large": 2**70}
    back = load_json(Lead, dump_json(lead(1, attributes=odd)))
    assert back.attributes == odd


@pytest.mark.parametrize("kind", [Campaign, Lead, Message, StoredTrackingEvent, StoredJob])
def test_unreadable_document_raises(kind: type) -> None:
    """A missing field is not guessed."""
    with pytest.raises(ValidationError):
        load(kind, {})
    with pytest.raises(ValidationError):
        load_json(kind, "[]")


def test_outbox_and_records_come_back() -> None:
    """The two parts of a lead that are stored beside it."""
    effects = (SendEmail("email", 1, 2), SendEmail("other", 3, 1))
    assert load_effects(dump_effects(effects)) == effects
    records = (record("k1", "l"), record("k2", None, at_s=0.001))
    assert load_records(dump_records(records)) == records


def test_effects_are_told_apart_by_their_fields() -> None:
    """A stored effect carries no name; two kinds with the same fields would be confused."""
    kinds = get_args(Effect) or (Effect,)
    fields = [frozenset(field.name for field in dataclasses.fields(kind)) for kind in kinds]
    assert len(set(fields)) == len(fields)
