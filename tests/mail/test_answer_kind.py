"""The kind of a mail server's answer: alike answers have one kind, different ones do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.answer_kind import CHARS_MAX, answer_kind

ANN = "ann.lee@shop.example"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            "554 5.7.1 <ann.lee@shop.example>: Relay access denied",
            "554 5.7.1 …: Relay access denied",
        ),
        ("550 5.1.1 ann.lee@shop.example User unknown", "550 5.1.1 … User unknown"),
        ("550 user ann.lee unknown here", "550 user … unknown here"),
        ("550 Domain shop.example not accepted", "550 Domain … not accepted"),
        (
            "550-5.7.26 Unauthenticated email from x.example. For help visit "
            "https://support.example/mail/answer/81126 d9443c01a7336-1fa8si2147 - gsmtp",
            "550-5.7.26 Unauthenticated email from …. For help visit … - gsmtp",
        ),
        ("552 4XyZ12Qp queue file too large (10240 bytes)", "552 … queue file too large (… bytes)"),
        (
            "451 4.7.1 greylisted [192.0.2.7] (given up after 12 attempts in 72 h)",
            "451 4.7.1 greylisted … (given up after … attempts in … h)",
        ),
        ("421 mx3.relay.example closing", "421 … closing"),
        ("unknown tag 'foo' in line 7", "unknown tag 'foo' in line …"),
        ("Line 6: can't divide by 0.", "Line 6: can't divide by …"),
        ("no answer", "no answer"),
        ("550", "550"),
        ("", ""),
    ],
)
def test_kind_keeps_codes_and_text(answer: str, kind: str) -> None:
    assert answer_kind(answer, ANN) == kind


def test_ten_thousand_refusals_make_few_kinds() -> None:
    """Each with another address, queue id, time and link."""
    kinds = set()
    for number in range(10_000):
        address = f"reader{number}@mail{number % 97}.example.org"
        queue_id = f"4{number:05x}Zq{number % 7}"
        kinds.add(answer_kind(f"550 5.7.1 <{address}>: blocked, id {queue_id}", address))
        kinds.add(answer_kind(f"554 {queue_id} spam, see https://x.example/?r={number}", address))
        kinds.add(answer_kind(f"550 {address.partition('@')[0]}: mailbox disabled", address))
    assert kinds == {
        "550 5.7.1 …: blocked, id …",
        "554 … spam, see …",
        "550 …: mailbox disabled",
    }


@given(st.text(max_size=400), st.sampled_from(["", ANN, "a@b.example"]))
def test_any_text_has_a_short_kind(answer: str, address: str) -> None:
    kind = answer_kind(answer, address)
    assert len(kind) <= CHARS_MAX
    assert "\n" not in kind
