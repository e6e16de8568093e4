"""The message: headers, parts, tracking, and that contacts cannot reach outside their values."""

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.compose import (
    OPEN_PATH,
    UNSUBSCRIBE_PATH,
    CompiledEmail,
    Recipient,
    compile_email,
)
from functions.mail.envelope import Envelope
from functions.mail.errors import AddressRefusedError, HeaderInjectionError, TemplateError
from functions.mail.links import CLICK_PATH
from functions.mail.return_path import read_return_path
from functions.mail.spans import SOURCE_CHARS_MAX
from functions.mail.template import check_template
from functions.mail.tokens import ClickToken, Keyring, OpenToken, UnsubscribeToken

KEYS = Keyring({"k1": b"0123456789abcdef"})
URL = "https://mail.example.com"
AT = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)
ANN = Recipient("lead_cmp_7_1764000000", 2, 1, "ann@example.org", {"first_name": "Ann"})
BODY = """<!doctype html><html><head><title>T</title></head><body>
<p>Hi {{ contact.first_name }}, <a href="https://a.example/x?y={{ contact.first_name }}">see</a></p>
<a href="{{ unsubscribe_url }}">Unsubscribe</a></body></html>
"""


def compiled(
    *,
    subject: str = "Hi {{ contact.first_name }}",
    body: str = BODY,
    from_name: str | None = "Ada Example",
    from_email: str = "ada@example.com",
    preheader: str | None = None,
    reply_to: str | None = None,
    node_id: str = "email-1",
    campaign_id: str = "cmp",
    public_url: str = URL,
    tracking: bool = True,
    bounce_domain: str = "",
) -> CompiledEmail:
    return compile_email(
        subject=subject,
        body=body,
        from_name=from_name,
        from_email=from_email,
        preheader=preheader,
        reply_to=reply_to,
        campaign_id=campaign_id,
        campaign_name="Weekly",
        campaign_created_at=AT,
        node_id=node_id,
        public_url=public_url + "/",
        keyring=KEYS,
        tracking=tracking,
        bounce_domain=bounce_domain,
    )


def parsed(envelope: Envelope) -> EmailMessage:
    message = email.message_from_bytes(envelope.content, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not list(defects(message))
    return message


def defects(message: EmailMessage) -> Iterator[object]:
    for part in message.walk():
        yield from part.defects
        for value in part.values():
            yield from getattr(value, "defects", ())


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def tokens(text: str, path: str) -> list[str]:
    return re.findall(re.escape(URL + path) + r"([\w.-]+)", text)


def test_each_message_returns_to_a_path_of_its_own() -> None:
    """The envelope names it; the message that readers see is the same."""
    email = compiled(bounce_domain="bounces.example.com")
    envelope = email.render(ANN, AT)
    token = read_return_path(KEYS, "bounces.example.com", envelope.mail_from)
    assert token.fits("lead_cmp_7_1764000000/email-1/2/1")
    again = email.render(replace(ANN, resend_number=2), AT)
    assert again.mail_from != envelope.mail_from
    plain = compiled().render(ANN, AT)
    assert plain.mail_from == "ada@example.com"
    assert plain.content == envelope.content


def test_message_has_its_headers_and_two_parts() -> None:
    """One of everything a mail client and RFC 8058 ask for."""
    envelope = compiled().render(ANN, AT)
    message = parsed(envelope)
    unsubscribe = message["List-Unsubscribe"]
    assert {name: str(value) for name, value in message.items() if name != "List-Unsubscribe"} == {
        "From": "Ada Example <ada@example.com>",
        "To": "ann@example.org",
        "Subject": "Hi Ann",
        "Date": "Tue, 24 Nov 2026 09:00:05 +0000",
        "Message-ID": envelope.message_id,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-ID": "<cmp.example.com>",
        "Feedback-ID": "cmp:email-1:emailbuilder",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert (envelope.mail_from, envelope.rcpt_to) == ("ada@example.com", "ann@example.org")
    assert envelope.subject == "Hi Ann"
    assert re.fullmatch(rf"<{re.escape(URL + UNSUBSCRIBE_PATH)}[\w.-]+>", unsubscribe)
    assert [it.get_content_type() for it in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert part(message, "plain").startswith("Hi Ann, see (https://mail.example.com/t/c/")
    assert "<p>Hi Ann, <a href=" in part(message, "html")


def test_bytes_are_fit_for_smtp() -> None:
    """ASCII, CRLF only, short lines, an end of line at the end."""
    content = compiled(body="Grüße\n" * 3 + "x" * 5_000).render(ANN, AT).content
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_message_carries_its_tokens() -> None:
    """The pixel, the links in both parts and the unsubscribe links name this message."""
    message = parsed(compiled().render(ANN, AT))
    html, text = part(message, "html"), part(message, "plain")
    (opened,) = tokens(html, OPEN_PATH)
    assert KEYS.read_open(opened) == OpenToken(ANN.lead_id, "email-1", 2, 1)
    click = ClickToken(
        ANN.lead_id,
        "email-1",
        2,
        1,
        "https://a.example/x?y=Ann",
        "https://a.example/x?y={{ contact.first_name }}",
    )
    for shown in (html, text):
        assert [KEYS.read_click(each) for each in tokens(shown, CLICK_PATH)] == [click]
        (unsubscribe,) = tokens(shown, UNSUBSCRIBE_PATH)
        assert tokens(message["List-Unsubscribe"], UNSUBSCRIBE_PATH) == [unsubscribe]
        assert KEYS.read_unsubscribe(unsubscribe) == UnsubscribeToken(
            ANN.lead_id, "cmp", "ann@example.org"
        )


def test_message_is_the_same_every_time() -> None:
    """Rendered twice, compiled twice: the same bytes."""
    assert compiled().render(ANN, AT) == compiled().render(ANN, AT)


def test_message_id_follows_the_send_key() -> None:
    """A retry has the id of the first try; another resend number, visit or lead has its own."""
    one = compiled()
    first = one.render(ANN, AT).message_id
    assert re.fullmatch(r"<[0-9a-f]{32}\.[0-9a-f]+\.7@example\.com>", first)
    assert compiled(subject="Other").render(ANN, AT + timedelta(hours=1)).message_id == first
    others = [replace(ANN, visit=3), replace(ANN, resend_number=2), replace(ANN, lead_id="lead_x")]
    assert len({first, *(one.render(each, AT).message_id for each in others)}) == 4


def test_date_keeps_its_zone() -> None:
    """The time is an argument; the clock is never read."""
    at = datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    message = parsed(compiled(body="{{ 'now' | date: '%H:%M' }}").render(ANN, at))
    assert message["Date"].datetime == at
    assert part(message, "plain").strip() == "10:00"


@pytest.mark.parametrize(
    ("body", "before", "after"),
    [
        ("<html><BODY class='a'><p>x</p></BODY></html>", "<BODY class='a'><div", "</BODY></html>"),
        ("<html><head></head><p>x</p></html>", "<head></head><div", "</html>"),
        ("<body><p>x</p>", "<body><div", ""),
        ("<!DOCTYPE html><p>x</p>", "<!DOCTYPE html><div", ""),
    ],
)
def test_preheader_opens_the_body_and_the_pixel_ends_it(body: str, before: str, after: str) -> None:
    """Wherever the author's document begins and ends."""
    email = compiled(body=body, preheader="For {{ contact.first_name }} & <co>")
    html = part(parsed(email.render(ANN, AT)), "html")
    assert before in html
    assert re.search(
        r'>For Ann &amp; &lt;co&gt;</div><?p?>?x.*<img src="https://mail\.example\.com/t/o/[\w.-]+"'
        rf' width="1" height="1" alt="" style="[^"]*">{re.escape(after)}\n*$',
        html,
    )


def test_preheader_is_not_in_the_text_part() -> None:
    """It is what the list of messages shows; the text part shows its own first line."""
    message = parsed(compiled(preheader="Sneak peek", body="<p>x</p>").render(ANN, AT))
    assert part(message, "plain") == "x\n"


def test_without_tracking_there_is_no_pixel_and_no_click_link() -> None:
    """Unsubscribing still works."""
    content = parsed(compiled(tracking=False).render(ANN, AT))
    for kind in ("html", "plain"):
        shown = part(content, kind)
        assert "<img" not in shown
        assert tokens(shown, CLICK_PATH) == tokens(shown, OPEN_PATH) == []
        assert "https://a.example/x?y=Ann" in shown
        assert len(tokens(shown, UNSUBSCRIBE_PATH)) == 1


@pytest.mark.parametrize(
    "start",
    ["x & y", "https://a.example/?b&c " * 100, "<a href='https://a.example/?b&c'>d</a>" * 100],
)
def test_longest_body_can_be_sent(start: str) -> None:
    """What is added to a body does not count against the length that its author may write."""
    body = start.ljust(SOURCE_CHARS_MAX, "x")
    assert check_template(body) is None
    assert len(compiled(body=body).render(ANN, AT).content) > SOURCE_CHARS_MAX


def test_answers_go_where_the_author_says() -> None:
    """To the sender if nothing else is said; an international domain is in ASCII."""
    message = parsed(compiled(reply_to="help@straße.example").render(ANN, AT))
    assert message["Reply-To"] == "help@xn--strae-oqa.example"
    assert parsed(compiled().render(ANN, AT))["Reply-To"] is None
    with pytest.raises(HeaderInjectionError, match="address"):
        compiled(reply_to="help@example.com\r\nBcc: eve@example.net")
    with pytest.raises(AddressRefusedError, match="not an e-mail address"):
        compiled(reply_to="Help <help@example.com>")


def test_unsubscribe_headers_need_https() -> None:
    """RFC 8058 §3.1. Over http only the link in the body remains."""
    message = parsed(compiled(public_url="http://mail.example.com").render(ANN, AT))
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(message.keys())
    assert "http://mail.example.com/t/u/" in part(message, "html")
    assert "List-ID" in message


def test_ids_with_colons_stay_one_part_of_a_header() -> None:
    """A colon separates the parts of Feedback-ID, and a List-ID may have none."""
    message = parsed(compiled(campaign_id="a:b", node_id="c:d").render(ANN, AT))
    assert message["Feedback-ID"] == "a-b:c-d:emailbuilder"
    assert message["List-ID"] == "<a-b.example.com>"


def test_preheader_is_hidden_without_tiny_type() -> None:
    """Filters take type of one pixel for hidden advertising."""
    html = part(parsed(compiled(preheader="Sneak peek").render(ANN, AT)), "html")
    (style,) = re.findall(r'<div style="([^"]*)">Sneak peek</div>', html)
    assert "display:none" in style
    assert "font-size" not in style
    assert "line-height" not in style


def test_sender_without_a_name() -> None:
    """The bare address."""
    assert parsed(compiled(from_name=None).render(ANN, AT))["From"] == "ada@example.com"


INJECTIONS = [
    "x\r\nBcc: all@example.com",
    "x\nBcc: y",
    "x\rBcc: y",
    "x\0",
    "x\u2028Bcc: y",
    "\x85y",
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_control_characters_in_headers_are_refused(value: str) -> None:
    """In what the author writes, and in addresses; as TemplateErrors."""
    assert issubclass(HeaderInjectionError, TemplateError)
    inside = f"a{value}b"
    with pytest.raises(HeaderInjectionError, match="subject"):
        compiled(subject=inside)
    with pytest.raises(HeaderInjectionError, match="sender's name"):
        compiled(from_name=inside)
    with pytest.raises(HeaderInjectionError, match="address"):
        compiled(from_email=f"ada@example.com{value}")
    with pytest.raises(HeaderInjectionError, match="address"):
        compiled().render(replace(ANN, email=f"ann@example.org{value}"), AT)


@pytest.mark.parametrize("value", ["\t", "\n", "\r\n", "\v", "\0", "\x85", "\u2028", "\n\n\t"])
def test_control_characters_of_a_contact_become_a_space(value: str) -> None:
    """In headers: a line break in a cell of a spreadsheet fails no lead and starts no header."""
    ann = replace(ANN, attributes={"first_name": f"{value}Ann{value}Lee{value}"})
    email = compiled(subject="For {{ contact.first_name }}", from_name="{{ contact.first_name }}")
    written = email.write(ann, AT)
    assert (written.subject, written.from_name) == ("For  Ann Lee", "Ann Lee")
    message = parsed(email.render(ann, AT))
    assert message["Subject"] == "For  Ann Lee"
    assert message["From"].addresses[0].display_name == "Ann Lee"


def test_international_local_part_is_refused() -> None:
    """In clear words, as a TemplateError like the others."""
    with pytest.raises(AddressRefusedError, match=r"zoë@example\.org"):
        compiled().render(replace(ANN, email="zoë@example.org"), AT)


def test_overlong_subject_is_refused() -> None:
    """A subject of a thousand characters is always a mistake."""
    with pytest.raises(TemplateError, match="longer than 1,000"):
        compiled().render(replace(ANN, attributes={"first_name": "x" * 1_000}), AT)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"body": "<p>\n\n<a href='x'>{{ a | nope }}</a>"}, 3),
        ({"subject": "{{ a"}, 1),
        ({"preheader": "{% if %}"}, 1),
        ({"from_name": "{{ a"}, 1),
    ],
)
def test_bad_template_is_refused_when_compiling(fields: dict[str, str], line: int) -> None:
    """The line is that of the source its author wrote, not of what was made of it."""
    with pytest.raises(TemplateError) as caught:
        compiled(**fields)  # type: ignore[arg-type]
    assert caught.value.line == line


values = st.text(max_size=60) | st.sampled_from(
    [*INJECTIONS, "\r\n\r\nBody", "--=x", "</body>", "{{ contact.a }}", "=?utf-8?q?x?=", "\ud800"]
)


@given(name=values, city=values)
def test_contact_changes_values_only(name: str, city: str) -> None:
    """No value adds a header, a part or a recipient; what arrives is what was rendered."""
    email = compiled(
        subject="News for {{ contact.name }}",
        body="<p>Hi {{ contact.name }}</p><p>{{ contact.city }}</p>",
        from_name="{{ contact.city }}",
    )
    ann = replace(ANN, attributes={"name": name, "city": city})
    envelope = email.render(ann, AT)
    message = parsed(envelope)
    assert message.keys() == parsed(email.render(replace(ANN, attributes={}), AT)).keys()
    assert len(list(message.walk())) == 3
    written = email.write(ann, AT)
    assert message["Subject"] == written.subject.encode(errors="replace").decode()
    assert message["To"] == "ann@example.org"
    assert message["From"].addresses[0].addr_spec == "ada@example.com"
    for kind, text in (("plain", written.text), ("html", written.html)):
        arrived = part(message, kind)
        expected = text.encode(errors="replace").decode()
        assert arrived == expected.replace("\r\n", "\n")
        assert text.count("\n") == text.count("\r") == text.count("\r\n")


@given(st.text(max_size=300))
def test_base64_lines_carry_any_text(text: str) -> None:
    """Whatever the length, the part decodes to what went in."""
    email = compiled(body="{{ contact.a }}", tracking=False)
    message = parsed(email.render(replace(ANN, attributes={"first_name": "", "a": text}), AT))
    expected = email.write(replace(ANN, attributes={"first_name": "", "a": text}), AT).html
    assert part(message, "html").encode() == expected.encode(errors="replace").replace(
        b"\r\n", b"\n"
    )
