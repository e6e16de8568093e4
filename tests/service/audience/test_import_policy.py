"""A policy is kept with its job as JSON, and read by later versions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.service.audience.import_policy import (
    ContactFileError,
    DateOrder,
    ImportPolicy,
    Kind,
    Notes,
    Question,
    check_answered,
    packed_policy,
    unpacked_policy,
)

NAMES = st.text(min_size=1, max_size=5)
POLICIES = st.builds(
    ImportPolicy,
    encoding=st.none() | st.just("cp1250"),
    delimiter=st.none() | st.sampled_from(",;\t|"),
    header_line=st.none() | st.integers(0, 9),
    address_column=st.none() | st.integers(1, 9),
    column_names=st.dictionaries(st.integers(1, 9), NAMES),
    column_types=st.dictionaries(NAMES, st.sampled_from(Kind)),
    date_orders=st.dictionaries(NAMES, st.sampled_from(DateOrder)),
    date_order=st.none() | st.sampled_from(DateOrder),
)


@given(policy=POLICIES)
def test_a_policy_survives_the_store(policy: ImportPolicy) -> None:
    assert unpacked_policy(json.loads(json.dumps(packed_policy(policy)))) == policy


def test_a_job_of_an_older_version_has_an_open_policy() -> None:
    assert unpacked_policy({}) == ImportPolicy()


def test_notes_of_one_kind_are_counted_and_keep_the_first() -> None:
    notes = Notes()
    notes.add("a", 3, "First.")
    notes.add("b", 4, "Other.", 2)
    notes.add("a", 9, "Second.")
    assert [(it.code, it.line, it.count, it.message) for it in notes.all()] == [
        ("a", 3, 2, "First."),
        ("b", 4, 2, "Other."),
    ]


def test_open_questions_are_one_refusal_with_all_of_them() -> None:
    asked = [
        Question("x_doubtful", "encoding", "Which?", (), ""),
        Question("y_doubtful", "date_order", "When?", (), "", column="due"),
    ]
    check_answered([])
    with pytest.raises(ContactFileError, match="2 questions open; the first: Which") as caught:
        check_answered(asked)
    assert [(it.code, it.field) for it in caught.value.problems] == [
        ("x_doubtful", "encoding"),
        ("y_doubtful", "date_order.due"),
    ]
