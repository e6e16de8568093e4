"""A render holds little memory, whatever its template and its contact are."""

import tracemalloc
from base64 import b64decode
from datetime import UTC, datetime

import pytest

from functions.mail.budget import MEMORY_BYTES_MAX, Budget
from functions.mail.compose import CompiledEmail, Recipient, _base64_lines, compile_email
from functions.mail.errors import RenderInterruptedError, TemplateError
from functions.mail.template import compile_template
from functions.mail.tokens import Keyring
from functions.service.audience.contact_row import ATTRIBUTES_BYTES_MAX
from harness.hoarding_emails import hoarding_emails

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOARDS = hoarding_emails()


def compiled(body: str) -> CompiledEmail:
    return compile_email(
        subject="News",
        body=body,
        from_name="Ada",
        from_email="ada@example.com",
        preheader=None,
        campaign_id="c",
        campaign_name="C",
        campaign_created_at=AT,
        node_id="mail",
        public_url="https://mail.example.com",
        keyring=Keyring({"k1": b"0123456789abcdef0123456789abcdef"}),
    )


@pytest.mark.parametrize("name", HOARDS)
def test_message_holds_no_more_memory_than_its_limit(name: str) -> None:
    """From its template to the encoded message. What is charged bounds it: nothing measures it."""
    hoard = HOARDS[name]
    assert len(hoard.attribute.encode()) <= ATTRIBUTES_BYTES_MAX
    email = compiled(hoard.body)
    recipient = Recipient("lead", 1, 1, "ann@example.com", {"a": hoard.attribute})
    tracemalloc.start()
    try:
        email.render(recipient, AT)
    except TemplateError:
        assert name == "too much output"
    finally:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak_bytes < MEMORY_BYTES_MAX


@pytest.mark.parametrize("bytes_more", [-1, 0, 1, 57, 60])
@pytest.mark.parametrize("blocks", [1, 2])
def test_long_text_is_encoded_in_lines_of_the_same_length(blocks: int, bytes_more: int) -> None:
    """A text is encoded block by block, and no line shows where they meet."""
    written = "ab\u00e9" * 50_000
    length = blocks * 57 * 1_024 + bytes_more
    text = written.encode()[:length].decode(errors="ignore").ljust(length, "x")[:length]
    lines = _base64_lines(text).removesuffix(b"\r\n").split(b"\r\n")
    assert {len(line) for line in lines[:-1]} == {76}
    assert 0 < len(lines[-1]) <= 76
    assert b64decode(b"".join(lines)) == text.encode()


class Growing:
    """A process that grows between any two looks."""

    def __init__(self, step_bytes: int) -> None:
        self._step_bytes = step_bytes
        self._resident_bytes = 100_000_000

    def seconds(self) -> float:
        return 0.0

    def resident_bytes(self) -> int:
        self._resident_bytes += self._step_bytes
        return self._resident_bytes


def test_render_ends_if_its_process_grows_too_much() -> None:
    """If the charges were wrong, the message would be deferred before the machine is full."""
    template = compile_template("{% for i in (1..3000) %}{{ 'a' | upcase }}{% endfor %}")
    with pytest.raises(RenderInterruptedError, match="memory"):
        template.render({}, budget=Budget(Growing(MEMORY_BYTES_MAX // 4)))
    template.render({}, budget=Budget(Growing(MEMORY_BYTES_MAX // 100)))
    compile_template("{{ 'a' }}").render({}, budget=Budget(Growing(MEMORY_BYTES_MAX * 2)))
