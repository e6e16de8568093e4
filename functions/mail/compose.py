"""Compose a message. Everything that is the same for all recipients is prepared once.

Role: `compile_email` turns an e-mail node into templates and a byte skeleton of the MIME message;
`CompiledEmail.render` fills it in for one recipient.
Invariant: the same e-mail, recipient and time give the same bytes. The Message-ID depends on the
send key and its campaign alone, so that a message can be recognised anywhere.
It must not know why this recipient gets this e-mail.
"""

import struct
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from functions.flow.keys import send_key
from functions.mail.budget import Budget, Gauge
from functions.mail.contact_values import contact_values
from functions.mail.envelope import Envelope as Envelope
from functions.mail.errors import TemplateError
from functions.mail.footer import Footer
from functions.mail.headers import (
    date_text,
    encode_sender,
    encode_text,
    mailbox,
    one_line,
    refuse_controls,
)
from functions.mail.layout import PIXEL_VARIABLE, Layout, lay_out
from functions.mail.links import CLICK_PATH, LinkEnvironment, LinkWriter, click_payload_start
from functions.mail.merge_tags import merge_tags
from functions.mail.message_id import message_id
from functions.mail.plain_text import tidy
from functions.mail.return_path import ReturnPath
from functions.mail.template import Template, compile_in, compile_template
from functions.mail.tokens import INERT_LEAD, Keyring, OpenToken, UnsubscribeToken, encode_payload

OPEN_PATH = "/t/o/"
UNSUBSCRIBE_PATH = "/t/u/"
FEEDBACK_SENDER = "emailbuilder"
"""Names the stream of mail in Feedback-ID; the signing domain tells installations apart."""
HEADER_CHARS_MAX = 1_000
COMPOSED_CHARS_MAX = 2_000_000
"""The longest template made from a body: more than any body that its author may write becomes."""
COMPOSED_TAGS_MAX = 60_000
"""Links are tags as well."""
TEST_UNSUBSCRIBE = "test"
"""Takes the place of the signed token in the unsubscribe link of a preview or a test."""

_HTML = LinkEnvironment(autoescape=True)
_TEXT = LinkEnvironment(autoescape=False)
_BASE64_LINE_CHARS = 76
_BLOCK_BYTES = _BASE64_LINE_CHARS * 3 // 4 * 1_024
"""Of a text that is encoded at once; a whole block ends with a line."""
_ONE_CLICK = b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient of one message. `attributes` are those of the contact, by name."""

    lead_id: str
    visit: int
    resend_number: int
    email: str
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The texts of one message before MIME encoding."""

    subject: str
    from_name: str
    html: str
    text: str
    unsubscribe_url: str


class CompiledEmail:
    """An e-mail node that is ready to be sent. Made by `compile_email`; immutable."""

    __slots__ = (
        "_body_end",
        "_body_middle",
        "_campaign",
        "_campaign_created_at",
        "_click_url",
        "_domain",
        "_from_email",
        "_from_name",
        "_has_unsubscribe_headers",
        "_headers_end",
        "_html",
        "_is_test",
        "_keyring",
        "_links",
        "_node_id",
        "_open_url",
        "_reply_to",
        "_return_path",
        "_subject",
        "_text",
        "_tracking",
        "_unsubscribe_url",
    )

    def __init__(
        self,
        layout: Layout,
        *,
        subject: Template,
        from_name: Template,
        from_email: str,
        reply_to: str | None,
        campaign_id: str,
        campaign_name: str,
        node_id: str,
        public_url: str,
        keyring: Keyring,
        tracking: bool,
        is_marketing: bool,
        is_test: bool,
        campaign_created_at: datetime,
        bounce_domain: str,
    ) -> None:
        self._subject = subject
        self._html = compile_in(_HTML, layout.html, COMPOSED_CHARS_MAX, COMPOSED_TAGS_MAX)
        self._text = compile_in(_TEXT, layout.text, COMPOSED_CHARS_MAX, COMPOSED_TAGS_MAX)
        self._links = layout.links
        self._from_name = from_name
        self._from_email = from_email
        self._reply_to = f"\r\nReply-To: {reply_to}".encode() if reply_to else b""
        self._domain = from_email.rpartition("@")[2]
        self._campaign = {"id": campaign_id, "name": campaign_name}
        self._node_id = node_id
        self._open_url = public_url + OPEN_PATH
        self._click_url = public_url + CLICK_PATH
        self._unsubscribe_url = public_url + UNSUBSCRIBE_PATH
        self._keyring = keyring
        self._tracking = tracking
        self._is_test = is_test
        self._campaign_created_at = campaign_created_at
        self._return_path = (
            ReturnPath(keyring, bounce_domain, campaign_created_at) if bounce_domain else None
        )
        boundary = sha256(f"{layout.html}\0{campaign_id}\0{node_id}".encode()).hexdigest()[:32]
        # RFC 8058 §3.1 asks for https; receivers distrust the header with anything else.
        self._has_unsubscribe_headers = is_marketing and public_url.startswith("https://")
        start, self._body_middle, self._body_end = _skeleton(boundary, is_marketing=is_marketing)
        stream = _stream_headers(self._domain, campaign_id, node_id, is_list=is_marketing)
        post = _ONE_CLICK if self._has_unsubscribe_headers else b""
        self._headers_end = post + stream + start

    @property
    def from_domain(self) -> str:
        """The domain whose keys sign the message, in lower case."""
        return self._domain.lower()

    def render(
        self,
        recipient: Recipient,
        at: datetime,
        *,
        to: str | None = None,
        gauge: Gauge | None = None,
    ) -> Envelope:
        """Return the message for `recipient`, dated `at` (aware). `to`: another address to send to.
        `gauge`: ends a render that takes too much time or memory; None: nothing does.

        Raises `TemplateError`, also for values that are too long for a header, and
        `RenderInterruptedError`.
        """
        rcpt_to = mailbox(to or recipient.email)
        rendered = self.write(recipient, at, gauge)
        key = send_key(recipient.lead_id, self._node_id, recipient.visit, recipient.resend_number)
        name = message_id(recipient.lead_id, key, self._campaign_created_at, self._domain)
        content = b"".join(
            (
                encode_sender(rendered.from_name, self._from_email),
                f"\r\nTo: {rcpt_to}".encode(),
                self._reply_to,
                b"\r\n",
                encode_text("Subject", rendered.subject),
                f"\r\nDate: {date_text(at)}\r\nMessage-ID: {name}".encode(),
                f"\r\nList-Unsubscribe: <{rendered.unsubscribe_url}>".encode()
                if self._has_unsubscribe_headers
                else b"",
                self._headers_end,
                _base64_lines(rendered.text),
                self._body_middle,
                _base64_lines(rendered.html),
                self._body_end,
            )
        )
        mail_from = self._from_email
        if self._return_path is not None:
            mail_from = self._return_path.address(recipient.lead_id, key)
        return Envelope(name, mail_from, rcpt_to, rendered.subject, content)

    def write(self, recipient: Recipient, at: datetime, gauge: Gauge | None = None) -> Rendered:
        """Return the texts of the message, as a preview shows them. Raises as `render` does."""
        visit, resend_number, lead_id = recipient.visit, recipient.resend_number, recipient.lead_id
        keyring, campaign_id = self._keyring, self._campaign["id"]
        tracked = INERT_LEAD if self._is_test else lead_id
        opened = encode_payload(OpenToken(tracked, self._node_id, visit, resend_number))
        unsubscribe_url = self._unsubscribe_url + (
            TEST_UNSUBSCRIBE
            if self._is_test
            else keyring.sign(UnsubscribeToken(lead_id, campaign_id, recipient.email))
        )
        context: dict[str, object] = {
            "contact": contact_values(recipient.email, recipient.attributes),
            "campaign": self._campaign,
            "unsubscribe_url": unsubscribe_url,
            "now": at,
        }
        if self._tracking:
            context[PIXEL_VARIABLE] = self._open_url + keyring.sign_payload(opened)
        links = LinkWriter(
            self._links,
            keyring=keyring if self._tracking else None,
            click_url=self._click_url,
            payload_start=click_payload_start(opened),
            unsubscribe_url=unsubscribe_url,
        )
        budget = Budget(gauge)
        subject = self._subject.render(context, budget=budget)
        from_name = self._from_name.render(context, budget=budget)
        return Rendered(
            subject=_short(one_line(subject), "subject"),
            from_name=_short(one_line(from_name), "sender's name"),
            html=_crlf(self._html.render(context, links, budget)),
            text=_crlf(tidy(self._text.render(context, links, budget))),
            unsubscribe_url=unsubscribe_url,
        )


def compile_email(
    *,
    subject: str,
    body: str,
    from_name: str | None,
    from_email: str,
    preheader: str | None,
    reply_to: str | None = None,
    campaign_id: str,
    campaign_name: str,
    campaign_created_at: datetime,
    node_id: str,
    public_url: str,
    keyring: Keyring,
    tracking: bool = True,
    is_marketing: bool = True,
    footer: Footer | None = None,
    is_test: bool = False,
    bounce_domain: str = "",
) -> CompiledEmail:
    """Check and prepare an e-mail. Raises `TemplateError`.

    `subject`, `body`, `preheader` and `from_name` are templates; `body` is HTML, or plain text if
    it contains no tag. `reply_to`: the address that answers go to; None: the sender's. Without
    `tracking` links stay as they are and there is no pixel. Only marketing has headers by which
    mail programs unsubscribe, and the `footer`, unless its body has a link to unsubscribe. A test
    (`is_test`) is the same but for its tokens, which record nothing. `bounce_domain`:
    where return paths are; empty: mail returns to `from_email`.
    """
    for source in (body, preheader or ""):
        compile_template(source)  # before anything is added, so that errors name the right line
    if not is_marketing or merge_tags(body).offers_unsubscribing:
        footer = None
    return CompiledEmail(
        lay_out(body, preheader or "", with_pixel=tracking, footer=footer),
        subject=_header_template(subject, "subject"),
        from_name=_header_template(from_name or "", "sender's name"),
        from_email=mailbox(from_email),
        reply_to=mailbox(reply_to) if reply_to else None,
        campaign_id=campaign_id,
        campaign_name=campaign_name,
        node_id=node_id,
        public_url=public_url.rstrip("/"),
        keyring=keyring,
        tracking=tracking,
        is_marketing=is_marketing,
        is_test=is_test,
        campaign_created_at=campaign_created_at,
        bounce_domain=bounce_domain,
    )


def _header_template(source: str, what: str) -> Template:
    """The author's own text may contain no line break; the values inserted into it may."""
    return compile_template(_short(refuse_controls(source.strip(), what), what))


def _short(value: str, what: str) -> str:
    if len(value) > HEADER_CHARS_MAX:
        raise TemplateError(f"the {what} is longer than {HEADER_CHARS_MAX:,} characters")
    return value


def _stream_headers(domain: str, campaign_id: str, node_id: str, *, is_list: bool) -> bytes:
    """Return the headers by which receivers group mail: RFC 2919 for mail that people can leave,
    and Gmail's Feedback-ID, whose parts are separated by colons."""
    campaign, node = (name.replace(":", "-") for name in (campaign_id, node_id))
    list_id = f"\r\nList-ID: <{campaign}.{domain}>" if is_list else ""
    return f"{list_id}\r\nFeedback-ID: {campaign}:{node}:{FEEDBACK_SENDER}".encode()


def _skeleton(boundary: str, *, is_marketing: bool) -> tuple[bytes, bytes, bytes]:
    """Return the bytes before the text part, between the parts, and after the HTML part."""

    def part(subtype: str) -> str:
        return (
            f"\r\n--={boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
        )

    precedence = "\r\nPrecedence: bulk" if is_marketing else ""
    start = (
        f"\r\nAuto-Submitted: auto-generated{precedence}\r\nMIME-Version: 1.0"
        f'\r\nContent-Type: multipart/alternative; boundary="={boundary}"\r\n'
    )
    return (
        (start + part("plain")).encode(),
        part("html").encode(),
        f"\r\n--={boundary}--\r\n".encode(),
    )


def _crlf(text: str) -> str:
    """Return text in the canonical form of MIME (RFC 2045 §6.8)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\n", "\r\n")


def _base64_lines(text: str) -> bytes:
    """Block by block: the lines of all at once would take several times the memory of the text."""
    written = text.encode(errors="replace")
    blocks = range(0, max(len(written), 1), _BLOCK_BYTES)
    return b"".join([_base64_block(written[it : it + _BLOCK_BYTES]) for it in blocks])


def _base64_block(written: bytes) -> bytes:
    encoded = b2a_base64(written, newline=False)
    whole_lines = len(encoded) // _BASE64_LINE_CHARS
    lines = _line_cutter(whole_lines).unpack_from(encoded)
    return b"\r\n".join([*lines, encoded[whole_lines * _BASE64_LINE_CHARS :]])


@lru_cache(maxsize=512)
def _line_cutter(lines: int) -> struct.Struct:
    """Return a struct that cuts off that many lines at once: three times as fast as slicing."""
    return struct.Struct(f"{_BASE64_LINE_CHARS}s" * lines)
