"""Keys: the same walk gives the same name, and different walks different ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.journal import lateness_key
from functions.flow.keys import (
    IDENTIFIER,
    campaign_of,
    lead_id,
    record_key,
    send_key,
    share,
    wake_key,
)

identifiers = st.from_regex(IDENTIFIER, fullmatch=True)
numbers = st.integers(0, 10**9)
sends = st.tuples(st.builds(lead_id, identifiers, numbers, numbers), identifiers, numbers, numbers)


@given(identifiers, numbers, numbers)
def test_lead_id_names_its_campaign(campaign_id: str, seq: int, epoch: int) -> None:
    """Also a campaign whose own id looks like the end of a lead's."""
    assert campaign_of(lead_id(campaign_id, seq, epoch)) == campaign_id


@pytest.mark.parametrize(
    "name", ["", "lead_", "lead_c_1", "lead_c_1_2_", "lead_c/d_1_2", "xlead_c_1_2", "lead_c_1_2\n"]
)
def test_invalid_lead_id_names_no_campaign(name: str) -> None:
    """Tokens of strangers come through here."""
    assert campaign_of(name) is None


def test_lead_id_has_the_form_of_the_specification() -> None:
    """`lead_{campaign_id}_{n}_{epoch}`."""
    assert lead_id("spring_sale", 17, 1_772_442_000) == "lead_spring_sale_17_1772442000"
    assert campaign_of("lead_a_1_2_3_4") == "a_1_2"


@given(sends, sends)
def test_send_keys_differ_where_the_sends_do(
    one: tuple[str, str, int, int], other: tuple[str, str, int, int]
) -> None:
    """No two e-mails share a key: a unique index on it is a promise."""
    assert (send_key(*one) == send_key(*other)) is (one == other)


@given(sends)
def test_keys_of_different_purposes_never_meet(send: tuple[str, str, int, int]) -> None:
    """A wake-up is no send, a record neither."""
    lead, node_id, visit, resend_number = send
    keys = {
        send_key(lead, node_id, visit, resend_number),
        wake_key(lead, node_id, visit),
        record_key(lead, visit),
    }
    assert len(keys) == 3


@given(identifiers, identifiers)
def test_share_is_below_one(lead: str, node_id: str) -> None:
    """So that some branch of a split always holds it."""
    assert 0 <= share(lead, node_id) < 1


def test_share_of_the_highest_digest_is_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quotient of more digits than a float has would round up to 1."""

    class Highest:
        def digest(self) -> bytes:
            return b"\xff" * 32

    monkeypatch.setattr("functions.flow.keys.hashlib.sha256", lambda _: Highest())
    assert share("lead", "node") < 1


@pytest.mark.parametrize(
    ("lateness_ms", "bucket"),
    [
        (0, "50"),
        (50, "50"),
        (51, "100"),
        (1000, "1000"),
        (1001, "2000"),
        (3_600_000, "3600000"),
        (3_600_001, "inf"),
    ],
)
def test_lateness_goes_to_its_bucket(lateness_ms: int, bucket: str) -> None:
    """A bucket holds what is at most its bound and above the one before."""
    assert lateness_key(lateness_ms) == f"late/{bucket}"
