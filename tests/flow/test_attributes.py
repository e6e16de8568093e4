"""Attributes are found by the name that a person wrote."""

import pytest

from functions.flow.attributes import NamedValues, look_up

STORED: dict[str, object] = {"first_name": "Ann", "plan": None, "Plan B": 2, "plan_b": 3}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first_name", "Ann"),
        ("First_Name", "Ann"),
        ("First Name", "Ann"),
        ("FIRST  name", "Ann"),
        ("firstname", None),
        ("PLAN", None),
        ("Plan B", 2),
        ("plan_b", 3),
        ("PLAN B", None),
        ("nobody", None),
    ],
)
def test_name_means_an_attribute(name: str, expected: object) -> None:
    """Exactly, otherwise the only one that is spelled alike; of two, none is meant."""
    assert look_up(STORED, name) == expected
    assert NamedValues(STORED).get(name) == STORED.get(name)
    if name in STORED or expected is not None:
        assert NamedValues(STORED)[name] == expected
    elif name != "PLAN":
        with pytest.raises(KeyError):
            NamedValues(STORED)[name]


def test_place_in_a_list_is_no_name() -> None:
    """Templates may write contact[0]."""
    with pytest.raises(KeyError):
        NamedValues(STORED)[0]  # type: ignore[index]
