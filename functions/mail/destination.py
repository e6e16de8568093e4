"""Where a link leads: an href as a template renders it, turned into the URL of the message.

Role: the only place that decides which links a message may have and how their URLs are spelled.
They are read as browsers read them (URL standard), and written in ASCII.
Invariant: an href in a message is `http(s)`, an anchor, or has a scheme of `APP_SCHEMES`; anything
else that a template or an attribute produces becomes `#`.
It must not know tracking.
"""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from functions.mail.address import AddressError, ascii_domain

URL_CHARS_MAX = 2_048
# fmt: off
APP_SCHEMES = (
    "callto", "facetime", "facetime-audio", "fb-messenger", "geo", "imessage", "itms-apps", "line",
    "mailto", "maps", "market", "matrix", "ms-outlook", "msteams", "sgnl", "sip", "sips", "skype",
    "slack", "sms", "smsto", "spotify", "tel", "tg", "viber", "webcal", "webcals", "whatsapp",
    "xmpp", "zoommtg", "zoomus",
)
# fmt: on
"""Links that open an app on the reader's device. They stay as they are, and are not tracked."""

_READY = re.compile(r"https?://[!$-.0-;=@-\[\]_a-z~][!#-;=?-\[\]_a-z~]*", re.I)
"""A URL that needs no change."""
_WEB = re.compile(
    r"(https?):[/\\]*([^\s/?#\\]+)((?:[/\\][^?#\x00-\x1f\x7f]*)?)((?:[?#][^\x00-\x1f\x7f]*)?)", re.I
)
"""Browsers accept any number of slashes, and backslashes for them."""
_BREAKS = str.maketrans("", "", "\t\r\n")
"""Characters that browsers remove from a URL."""
_LEFT_ALONE = re.compile(rf"(?:(?:{'|'.join(APP_SCHEMES)}):|#)[^\x00-\x1f\x7f]*", re.I)
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")
_SAFE = "%/:?#[]@!$&'()*+,;=~"
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
"""An international host in ASCII. Characters such as U+FF0F turn into a slash or a colon, which
would end the host and lead to another site."""
_PORT = re.compile(r"(?::[0-9]{0,5})?")
_NEUTRAL = "#"
_BARE_HOST = re.compile(
    r"(?://)?[\w-]+(?:\.[\w-]+)*\.(?!(?:html?|php|aspx?|jsp|pdf|png|jpe?g|gif)\b)[^\W\d_]{2,}"
    r"(?::\d+)?(?:[/?#]|$)",
    re.I,
)
"""A host that browsers take for a file: `www.example.com`, but not `index.html`."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a rendered href leads."""

    url: str
    trackable: bool


def destination(href: str) -> Destination:
    """Return what a rendered href (entities decoded) becomes in the message."""
    href = href.strip()
    if _READY.fullmatch(href):
        return Destination(href, trackable=len(href) <= URL_CHARS_MAX)
    href = href.translate(_BREAKS)
    web = _WEB.fullmatch(href)
    if web is None:
        return Destination(href if _LEFT_ALONE.fullmatch(href) else _NEUTRAL, trackable=False)
    scheme, authority, path, rest = web.groups()
    url = _covered(scheme, authority, path.replace("\\", "/") + rest)
    return Destination(url or _NEUTRAL, trackable=0 < len(url) <= URL_CHARS_MAX)


def _covered(scheme: str, authority: str, rest: str) -> str:
    """Return a URL in ASCII, which fits a Location header, or "" if its host cannot be encoded."""
    userinfo, at, host = authority.rpartition("@")
    if not host.isascii():
        name, colon, port = host.partition(":")
        try:
            name = ascii_domain(name, symbols=True)
        except AddressError:
            return ""
        if not _HOST.fullmatch(name) or not _PORT.fullmatch(colon + port):
            return ""
        host = name + colon + port
    if _UNSAFE.search(host):
        return ""
    parts = (quote(userinfo, safe=_SAFE, errors="replace"), at, host)
    return f"{scheme}://{''.join(parts)}{quote(rest, safe=_SAFE, errors='replace')}"


class Flaw(Enum):
    """Why a link leads nowhere."""

    EMPTY = "empty"
    NO_SCHEME = "no_scheme"
    """A web address without its `https://`."""
    RELATIVE = "relative"
    ACTIVE = "active"
    """A script or a file, which no mail program opens."""
    UNKNOWN_SCHEME = "unknown_scheme"
    MALFORMED = "malformed"


def flaw_of(href: str) -> Flaw | None:
    """Return why `href` (entities decoded) leads nowhere, or None if it leads somewhere."""
    href = href.strip().translate(_BREAKS)
    if href in ("", _NEUTRAL):
        return Flaw.EMPTY
    if destination(href).url != _NEUTRAL:
        return None
    if _BARE_HOST.match(href):
        return Flaw.NO_SCHEME
    scheme = _SCHEME.match(href)
    if scheme is None:
        return Flaw.RELATIVE
    match scheme[1].lower():
        case "http" | "https":
            return Flaw.MALFORMED
        case "javascript" | "vbscript" | "data" | "file" | "blob" | "about":
            return Flaw.ACTIVE
        case name if name in APP_SCHEMES:
            return Flaw.MALFORMED
    return Flaw.UNKNOWN_SCHEME
