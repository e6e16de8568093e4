"""The condition node's plan: every operator, and behaviour at the edges of its deadline."""

from datetime import datetime, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from functions.flow.event import TRACKING_EVENT_STORED_WITHIN, TrackingEvent, TrackingEventKind
from functions.flow.lead import AttributeValue, Reason, SentEmail
from functions.flow.nodes import ConditionNode
from functions.flow.nodes.condition import Operator
from functions.flow.nodes.plan import Follow, PauseUntil
from tests.flow.builders import NOW, Seen, a_lead

MS = timedelta(milliseconds=1)
Rule = tuple[str, str, object]

HOLDS: list[tuple[AttributeValue, str, object, bool]] = [
    # text, without regard to case and outer blanks
    ("Pro", "equals", "pro", True),
    (" pro ", "equals", "PRO", True),
    ("Straße", "equals", "STRASSE", True),
    ("pro", "equals", "free", False),
    ("pro", "not_equals", "free", True),
    ("Pro", "not_equals", "pro", False),
    ("Hamburg-Altona", "contains", "altona", True),
    ("Hamburg", "contains", "Berlin", False),
    ("Hamburg", "not_contains", "Berlin", True),
    ("Hamburg", "not_contains", "burg", False),
    ("Hamburg", "starts_with", "HAM", True),
    ("Hamburg", "starts_with", "burg", False),
    ("Hamburg", "ends_with", "burg", True),
    ("Hamburg", "ends_with", "ham", False),
    ("b", "greater_than", "a", True),
    ("a", "less_than", "B", True),
    # numbers, however they are written
    (10, "equals", "10", True),
    ("10.0", "equals", 10, True),
    ("007", "equals", 7, False),
    ("10.0", "equals", "10", False),
    ("249,90", "greater_than", 100, True),
    ("249,90", "equals", 249.9, True),
    ("1,249", "greater_than", 100, False),
    (0.1, "equals", "0.1", True),
    ("1e3", "equals", 1000, False),
    (-5, "less_than", 3, True),
    ("9", "less_than", "10", True),
    ("9", "greater_than", "10", False),
    (10, "greater_than", 10, False),
    (10, "at_least", 10, True),
    (10, "at_most", 10, True),
    (10.5, "at_most", 10, False),
    (9, "at_least", 10, False),
    ("  12 ", "greater_than", 11, True),
    # numbers longer than a float can tell apart
    ("12345678901234567891", "equals", "12345678901234567890", False),
    (9007199254740993, "greater_than", 9007199254740992, True),
    # what looks like a number to a computer only
    ("Nan", "equals", "nan", True),
    ("infinity", "greater_than", 5, False),
    ("1_000", "equals", 1000, False),
    (float("inf"), "greater_than", 5, False),
    # a number is neither above nor below a text
    ("unknown", "greater_than", 100, False),
    ("unknown", "less_than", 100, False),
    ("unknown", "at_least", 100, False),
    ("unknown", "at_most", 100, False),
    ("unknown", "not_equals", 100, True),
    # dates as ISO 8601 text
    ("2026-03-01", "less_than", "2026-12-01", True),
    ("2026-03-01", "at_least", "2026-03-01", True),
    ("2026-02-28", "greater_than", "2026-03-01", False),
    # yes and no
    (True, "equals", True, True),
    (True, "equals", "true", True),
    (False, "equals", "true", False),
    (True, "equals", 1, False),
    # one of several
    ("pro", "is_one_of", ["free", "PRO"], True),
    ("7", "is_one_of", [6, 7], True),
    ("team", "is_one_of", ["free", "pro"], False),
    ("team", "is_one_of", [], False),
    # there or not
    ("x", "exists", None, True),
    (0, "exists", None, True),
    (False, "exists", None, True),
    ("", "exists", None, False),
    (None, "exists", None, False),
    ("x", "missing", None, False),
    ("", "missing", None, True),
    (None, "missing", None, True),
    # a missing attribute satisfies only `missing` and the `not_` rules
    (None, "equals", "x", False),
    (None, "not_equals", "x", True),
    (None, "contains", "x", False),
    (None, "not_contains", "x", True),
    (None, "starts_with", "x", False),
    (None, "ends_with", "x", False),
    (None, "greater_than", 1, False),
    (None, "less_than", 1, False),
    (None, "at_least", 1, False),
    (None, "at_most", 1, False),
    (None, "is_one_of", ["x"], False),
    ("", "not_equals", "x", True),
]


def attributes_node(*rules: Rule, match: str = "all") -> ConditionNode:
    written = [
        {"attribute": attribute, "operator": operator, "value": value}
        for attribute, operator, value in rules
    ]
    settings = {"mode": "attributes", "match": match, "rules": written}
    return ConditionNode.model_validate({"id": "c", "configuration": settings})


def port_of(node: ConditionNode, seen: Seen) -> str:
    plan = node.plan(seen)
    assert isinstance(plan, Follow)
    return plan.port


def test_every_operator_is_tried() -> None:
    """The table below names each operator with a yes and a no."""
    for operator in get_args(Operator):
        answers = {expected for _, it, _, expected in HOLDS if it == operator}
        assert answers == {True, False}, operator


@pytest.mark.parametrize(("actual", "operator", "wanted", "expected"), HOLDS)
def test_rule_holds(actual: AttributeValue, operator: str, wanted: object, expected: bool) -> None:
    """The contact's value against the rule's, by each operator."""
    lead = a_lead(it=actual)
    port = port_of(attributes_node(("it", operator, wanted)), Seen(lead))
    assert port == ("yes" if expected else "no")


def test_rule_of_a_missing_attribute() -> None:
    """An attribute the contact does not have counts as empty."""
    assert port_of(attributes_node(("plan", "missing", None)), Seen(a_lead())) == "yes"
    assert port_of(attributes_node(("plan", "equals", "pro")), Seen(a_lead())) == "no"


def test_rule_finds_the_attribute_in_any_case() -> None:
    """Imports spell names in lower case with underscores; people may write the header."""
    lead = a_lead(first_plan="pro")
    assert port_of(attributes_node(("First Plan", "equals", "pro")), Seen(lead)) == "yes"
    assert port_of(attributes_node(("Email", "exists", None)), Seen(lead)) == "yes"


def test_rule_of_the_address() -> None:
    """`email` is the lead's address, though no column of attributes holds it."""
    node = attributes_node(("email", "ends_with", "@EXAMPLE.org"))
    assert port_of(node, Seen(a_lead())) == "yes"
    assert port_of(attributes_node(("email", "missing", None)), Seen(a_lead())) == "no"


@pytest.mark.parametrize(
    ("match", "plan", "city", "expected"),
    [
        ("all", "pro", "Bonn", "yes"),
        ("all", "pro", "Kiel", "no"),
        ("any", "pro", "Kiel", "yes"),
        ("any", "free", "Bonn", "yes"),
        ("any", "free", "Kiel", "no"),
    ],
)
def test_all_or_any_of_the_rules(match: str, plan: str, city: str, expected: str) -> None:
    """`all` needs every rule, `any` one of them."""
    node = attributes_node(("plan", "equals", "pro"), ("city", "equals", "Bonn"), match=match)
    assert port_of(node, Seen(a_lead(plan=plan, city=city))) == expected


def test_single_rule_records_the_value_it_saw() -> None:
    """So that people see why a lead went where it did."""
    plan = attributes_node(("plan", "equals", "pro")).plan(Seen(a_lead(plan="free")))
    assert plan == Follow(
        "no", {"because": "attributes", "match": "all", "attribute": "plan", "value": "free"}
    )


@pytest.mark.parametrize(
    "rule",
    [
        ("plan", "equals", None),
        ("plan", "equals", ["pro"]),
        ("plan", "is_one_of", "pro"),
        ("plan", "resembles", "pro"),
        ("", "equals", "pro"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(rule: Rule) -> None:
    """A missing value, a list where one value belongs, an operator that is none."""
    with pytest.raises(ValidationError):
        attributes_node(rule)


# Behaviour.

SENT_AT = NOW - timedelta(hours=30)
SENT = {"email-1": SentEmail(visit=1, resend_number=1, at=SENT_AT)}
WITHIN = timedelta(days=2)


def behaviour_node(**settings: object) -> ConditionNode:
    configuration: dict[str, object] = {
        "mode": "behaviour",
        "event": "clicked",
        "email_node": "email-1",
        "within": {"amount": 2, "unit": "days"},
        **settings,
    }
    return ConditionNode.model_validate({"id": "c", "configuration": configuration})


def tracking_event(
    at: datetime, kind: TrackingEventKind = TrackingEventKind.CLICKED, **more: object
) -> TrackingEvent:
    fields: dict[str, object] = {"node_id": "email-1", "visit": 1, **more}
    node_id, visit = fields.pop("node_id"), fields.pop("visit")
    link, url = fields.pop("link", None), fields.pop("url", None)
    assert isinstance(node_id, str)
    assert isinstance(visit, int)
    assert link is None or isinstance(link, str)
    assert url is None or isinstance(url, str)
    assert not fields
    return TrackingEvent(kind, node_id, visit, at, link, url)


def test_behaviour_counts_from_the_sending() -> None:
    """Arrived 30 hours after the sending, two days count from the sending: 18 hours are left."""
    plan = behaviour_node(since="sent").plan(Seen(a_lead(), sent_emails=SENT))
    assert plan == PauseUntil(SENT_AT + WITHIN, Reason.CONDITION)


def test_behaviour_counts_from_the_arrival() -> None:
    """`since: arrival` gives the reader two days from now."""
    plan = behaviour_node(since="arrival").plan(Seen(a_lead(), sent_emails=SENT))
    assert plan == PauseUntil(NOW + WITHIN, Reason.CONDITION)


@pytest.mark.parametrize("since", ["sent", "arrival"])
@pytest.mark.parametrize(
    ("offset", "expected"), [(-MS, "yes"), (timedelta(0), "yes"), (MS, "no")], ids=str
)
def test_click_at_the_deadline_counts_and_a_millisecond_later_does_not(
    since: str, offset: timedelta, expected: str
) -> None:
    """However late anybody looks: here a week after the deadline."""
    deadline = SENT_AT + WITHIN
    seen = Seen(
        a_lead(),
        now=deadline + timedelta(days=7),
        sent_emails=SENT,
        tracking_events=[tracking_event(deadline + offset)],
        deadline=deadline,
    )
    assert port_of(behaviour_node(since=since), seen) == expected


@pytest.mark.parametrize(
    ("after_deadline", "waits"),
    [
        (-MS, True),
        (timedelta(0), True),
        (TRACKING_EVENT_STORED_WITHIN - MS, True),
        (TRACKING_EVENT_STORED_WITHIN, False),
    ],
)
def test_without_a_click_the_answer_comes_once_all_clicks_are_stored(
    after_deadline: timedelta, waits: bool
) -> None:
    """A click at the deadline may take as long to be seen; until then the lead waits."""
    deadline = SENT_AT + WITHIN
    seen = Seen(a_lead(), now=deadline + after_deadline, sent_emails=SENT)
    plan = behaviour_node().plan(seen)
    if waits:
        assert plan == PauseUntil(deadline, Reason.CONDITION)
    else:
        assert isinstance(plan, Follow)
        assert (plan.port, plan.why["because"]) == ("no", "not_clicked")


def test_deadline_of_the_pause_is_kept() -> None:
    """Asked again at its pause's end, `since: arrival` does not count anew."""
    deadline = NOW - TRACKING_EVENT_STORED_WITHIN
    plan = behaviour_node(since="arrival").plan(Seen(a_lead(), sent_emails=SENT, deadline=deadline))
    assert isinstance(plan, Follow)
    assert plan.port == "no"


def test_tracking_event_during_an_earlier_wait_counts_at_once() -> None:
    """The reader clicked before the lead came here: no pause at all, the first hit is told."""
    tracking_events = [
        tracking_event(SENT_AT + timedelta(hours=3)),
        tracking_event(SENT_AT + timedelta(hours=1)),
    ]
    plan = behaviour_node().plan(Seen(a_lead(), sent_emails=SENT, tracking_events=tracking_events))
    assert isinstance(plan, Follow)
    assert plan.port == "yes"
    assert plan.why["at"] == (SENT_AT + timedelta(hours=1)).isoformat()


def test_tracking_event_before_the_servers_answer_was_written_counts() -> None:
    """Fast readers click while the message is still marked `sending`."""
    tracking_events = [tracking_event(SENT_AT - timedelta(seconds=1))]
    assert (
        port_of(behaviour_node(), Seen(a_lead(), sent_emails=SENT, tracking_events=tracking_events))
        == "yes"
    )


@pytest.mark.parametrize(
    ("event", "kind", "expected"),
    [
        ("clicked", TrackingEventKind.CLICKED, "yes"),
        ("clicked", TrackingEventKind.OPENED, "no"),
        ("clicked", TrackingEventKind.UNSUBSCRIBED, "no"),
        ("opened", TrackingEventKind.OPENED, "yes"),
        ("opened", TrackingEventKind.CLICKED, "yes"),
        ("opened", TrackingEventKind.UNSUBSCRIBED, "no"),
    ],
)
def test_kinds_of_tracking_events(event: str, kind: TrackingEventKind, expected: str) -> None:
    """A click implies an open; nothing else implies anything."""
    seen = Seen(
        a_lead(),
        now=SENT_AT + WITHIN + TRACKING_EVENT_STORED_WITHIN,
        sent_emails=SENT,
        tracking_events=[tracking_event(SENT_AT + timedelta(hours=1), kind)],
    )
    assert port_of(behaviour_node(event=event), seen) == expected


@pytest.mark.parametrize(
    ("link", "url", "expected"),
    [
        ("https://example.org/a", None, "yes"),
        ("https://example.org/{{ contact.id }}", "https://example.org/a", "yes"),
        ("https://example.org/b", None, "no"),
        (None, None, "no"),
    ],
)
def test_a_given_link(link: str | None, url: str | None, expected: str) -> None:
    """As written in the e-mail, or as rendered for this lead."""
    seen = Seen(
        a_lead(),
        now=SENT_AT + WITHIN + TRACKING_EVENT_STORED_WITHIN,
        sent_emails=SENT,
        tracking_events=[tracking_event(SENT_AT + timedelta(hours=1), link=link, url=url)],
    )
    assert port_of(behaviour_node(link="https://example.org/a"), seen) == expected


@pytest.mark.parametrize(("node_id", "visit"), [("email-2", 1), ("email-1", 2)])
def test_tracking_events_of_other_messages_do_not_count(node_id: str, visit: int) -> None:
    """Another e-mail's click, or one on the message of another visit."""
    tracking_events = [tracking_event(SENT_AT + timedelta(hours=1), node_id=node_id, visit=visit)]
    seen = Seen(
        a_lead(),
        now=SENT_AT + WITHIN + TRACKING_EVENT_STORED_WITHIN,
        sent_emails=SENT,
        tracking_events=tracking_events,
    )
    assert port_of(behaviour_node(), seen) == "no"


def test_email_that_was_not_sent_is_a_no() -> None:
    """Nobody can click what was never sent: no pause, and the journal says so."""
    plan = behaviour_node().plan(Seen(a_lead()))
    assert plan == Follow("no", {"because": "not_sent", "email_node": "email-1"})


def test_link_of_an_open_is_refused() -> None:
    """A link can only be clicked."""
    with pytest.raises(ValidationError, match="only be clicked"):
        behaviour_node(event="opened", link="https://example.org/a")
