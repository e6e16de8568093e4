"""Whatever JSON comes in: the validator answers, and never raises (Hypothesis)."""

import json
from zoneinfo import available_timezones

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.flow.event import EmailSent, Entered, Resumed
from functions.flow.executor import FlowExecutor
from functions.flow.lead import ENDED, AttributeValue, State
from functions.flow.spelling import normalise
from functions.flow.validate import Report, validate
from functions.mail.template import check_template
from tests.flow.builders import NOW, Document, a_lead, email, link, node
from tests.flow.strategies import flows, json_values

objects = st.dictionaries(st.text(max_size=6), json_values, max_size=5)

ids = st.sampled_from(["start", "n1", "n2", "n3", "a/b", ""]) | json_values
kinds = st.sampled_from(
    ["start", "sendEmail", "wait", "condition", "split", "end", "sms", "delay", "email"]
)
settings_of_nodes = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["duration", "until", "weekday", "attribute", "attributes"])
        | st.sampled_from(["behaviour", "someday"])
        | json_values,
        "amount": st.integers() | json_values,
        "unit": st.sampled_from(["days", "Hour", "moons"]) | json_values,
        "at": st.datetimes().map(lambda it: it.isoformat() + "Z") | json_values,
        "weekdays": st.lists(st.sampled_from(["monday", "sunday", "funday"]) | json_values),
        "time": st.sampled_from(["09:00", "24:00", "9", "٠٩:٠٠"]) | json_values,
        "zone": st.sampled_from(["contact", "campaign", "Asia/Tokyo", "Mars"]) | json_values,
        "attribute": st.text(max_size=5) | json_values,
        "offset": objects,
        "rules": st.lists(
            st.fixed_dictionaries(
                {"attribute": st.text(max_size=5), "operator": json_values},
                optional={"value": json_values},
            )
            | json_values,
            max_size=3,
        ),
        "event": st.sampled_from(["opened", "clicked", "click"]) | json_values,
        "email_node": ids,
        "within": objects,
        "waitDuration": st.integers() | st.text(max_size=5),
        "waitUnit": st.text(max_size=5),
        "branches": st.lists(
            st.fixed_dictionaries({"port": ids, "weight": st.integers(-1, 5) | json_values}),
            max_size=3,
        ),
        "subject": st.text(max_size=10) | json_values,
        "body": st.text(max_size=10) | json_values,
        "reason": st.text(max_size=10) | json_values,
    },
)
nodes = st.fixed_dictionaries(
    {"id": ids, "type": kinds | json_values},
    optional={
        "configuration": settings_of_nodes | json_values,
        "config": settings_of_nodes,
        "disabled": st.booleans() | json_values,
    },
)
links = st.fixed_dictionaries(
    {"from_node": ids, "to_node": ids},
    optional={"from_port": st.sampled_from(["next", "yes", "maybe"]) | json_values, "id": ids},
)
documents = st.fixed_dictionaries(
    {"nodes": st.lists(nodes | json_values, max_size=6) | json_values},
    optional={
        "connections": st.lists(links | json_values, max_size=8) | json_values,
        "zone": json_values | st.sampled_from(["UTC", "Europe", "../x", "a" * 64, "\ud800"]),
        "layout": json_values,
        "start_node": ids,
        "workflow": json_values,
    },
)


def is_well_formed(report: Report) -> bool:
    """A flow exactly where there is no error; every finding in words."""
    for it in report.findings:
        assert it.message.endswith("."), it
        assert "input should" not in it.message.lower(), it
        assert len(it.message) < 600, it
    return (report.flow is not None) is not bool(report.errors)


@given(documents | objects)
@settings(max_examples=300)
def test_validator_never_raises(document: Document) -> None:
    """As written and normalised, with templates and without."""
    for it in (document, normalise(document)):
        assert is_well_formed(validate(it))
        assert is_well_formed(validate(it, check_template))


@given(documents | objects)
@settings(max_examples=300)
def test_normalise_is_idempotent_and_leaves_its_input_alone(document: Document) -> None:
    """Today's spelling stays as it is; the document that came in is not written to."""
    before = repr(document)
    once = normalise(document)
    assert repr(document) == before
    assert repr(normalise(once)) == repr(once)


@given(flows())
def test_valid_flows_are_in_todays_spelling(flow: Document) -> None:
    """Nothing to rewrite in what the validator takes."""
    assert normalise(flow) == flow


wild_text = st.sampled_from(
    [
        *("", " ", "0", "-1.5", "1e400", "nan", "Infinity", "1_0", "2027-02-29", "2028-02-29"),
        *("0001-01-01", "9999-12-31T23:59:59.999999", "2026-03-29T02:30", "ﬀ", "İ", "½", "٣"),
    ]
) | st.text(max_size=5)
wild_numbers = st.integers() | st.floats(allow_nan=False) | st.sampled_from([10**400, 2.0**1000])
wild_values = wild_text | wild_numbers | st.booleans()
units = st.sampled_from(["seconds", "minutes", "hours", "days", "weeks"])
clocks = st.times().map(lambda it: it.strftime("%H:%M"))
zones = st.sampled_from(sorted(available_timezones())) | st.sampled_from(["contact", "campaign"])
lengths = st.fixed_dictionaries({"amount": st.integers(-(10**6), 10**6), "unit": units})
days = st.sampled_from(["monday", "wednesday", "sunday"])
moments = st.datetimes().map(lambda it: it.isoformat())
offsets = st.sampled_from(["Z", "+14:00", "-12:00", "+00:30"])

waits = st.one_of(
    st.fixed_dictionaries(
        {"mode": st.just("duration"), "amount": st.integers(1, 300), "unit": units}
    ),
    st.builds(lambda at, offset: {"mode": "until", "at": at + offset}, moments, offsets),
    st.fixed_dictionaries(
        {
            "mode": st.just("weekday"),
            "weekdays": st.lists(days, min_size=1),
            "time": clocks,
            "zone": zones,
        }
    ),
    st.fixed_dictionaries(
        {"mode": st.just("attribute"), "attribute": st.just("it")},
        optional={
            "offset": lengths,
            "time": clocks,
            "zone": zones,
            "if_missing": st.sampled_from(["end", "continue"]),
        },
    ),
)
rules = st.one_of(
    st.fixed_dictionaries(
        {
            "attribute": st.just("it"),
            "operator": st.sampled_from(
                ["equals", "not_equals", "contains", "starts_with", "at_least", "less_than"]
            ),
            "value": wild_values,
        }
    ),
    st.fixed_dictionaries(
        {
            "attribute": st.just("it"),
            "operator": st.just("is_one_of"),
            "value": st.lists(wild_values),
        }
    ),
)
conditions = st.one_of(
    st.fixed_dictionaries(
        {"mode": st.just("attributes"), "rules": st.lists(rules, min_size=1, max_size=3)}
    ),
    st.fixed_dictionaries(
        {
            "mode": st.just("behaviour"),
            "event": st.just("opened"),
            "email_node": st.just("n1"),
            "within": lengths,
            "since": st.sampled_from(["sent", "arrival"]),
        }
    ),
)
configured = waits.map(lambda it: ("wait", it)) | conditions.map(lambda it: ("condition", it))


@given(configured, wild_values | moments, st.sampled_from(["Asia/Tokyo", "America/New_York", "x"]))
@settings(max_examples=300)
def test_flow_that_validates_can_be_walked(
    configuration: tuple[str, Document], value: AttributeValue, zone: str
) -> None:
    """Whatever a node's settings and the contact's values are: once the flow validates, no lead
    makes the executor raise."""
    kind, settings_of_node = configuration
    document: Document = {
        "nodes": [node("start", "start"), email("n1"), node("n2", kind, settings_of_node)],
        "connections": [link("start", "n1"), link("n1", "n2")],
    }
    flow = validate(normalise(json.loads(json.dumps(document)))).flow
    assume(flow is not None)
    assert flow is not None
    executor = FlowExecutor(flow)
    lead = executor.step(a_lead(3, it=value, timezone=zone), Entered(), NOW).lead
    lead = executor.step(lead, EmailSent("n1", 1, 1, NOW), NOW).lead
    if lead.state not in ENDED:
        assert lead.state in (State.WAITING, State.WATCHING)
        assert lead.wait_until is not None
        assert lead.wait_until > NOW
        assert lead.wait_until.microsecond % 1000 == 0
        assert lead.due_at is not None
        lead = executor.step(lead, Resumed(), lead.due_at).lead
    assert lead.state in ENDED
