"""The few pages that readers of e-mails see: small, without scripts, pictures or cookies.

All values are escaped. The content security policy allows the style by its hash, and no other.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem;"
    "color:#23211f;background:#faf9f7}h1{font-size:1.4rem;line-height:1.25}"
    "button{font:inherit;padding:.6rem 1.1rem;border:0;border-radius:6px;color:#fff;"
    "background:#0b5f5f;cursor:pointer}button:focus-visible,a:focus-visible{outline:3px solid"
    " #0b5f5f;outline-offset:3px}a{color:#0b5f5f;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#eceae6;background:#1c1b1a}a{color:#6fc7c4}"
    "button{color:#0e1616;background:#6fc7c4}}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
RETRY_AFTER_SECONDS = 30


def confirm_unsubscribe(email: str | None) -> HTMLResponse:
    """The button posts to the same URL."""
    return _page(
        200,
        "Unsubscribe",
        f"<p>Stop all further e-mails to {_who(email)}?</p>"
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        '<button type="submit">Unsubscribe</button></form>',
    )


def unsubscribed(email: str | None) -> HTMLResponse:
    return _page(
        200,
        "You are unsubscribed",
        f"<p>We will send no further e-mails to {_who(email)}. A message that is already on its "
        "way may still arrive.</p>",
    )


def only_a_test() -> HTMLResponse:
    return _page(
        200,
        "This was a test",
        "<p>This link belongs to a preview or a test e-mail and unsubscribes nobody.</p>",
    )


def no_such_link() -> HTMLResponse:
    return _page(
        404,
        "This link does not work",
        "<p>It is incomplete or invalid. Open it again from the e-mail, or copy all of it.</p>",
    )


def unavailable(url: str | None = None) -> HTMLResponse:
    """`url`: the http(s) URL of a signed link, where the reader wanted to go."""
    text = "<p>This does not work at the moment. Please try again in half a minute.</p>"
    if url is not None:
        shown = escape(url, quote=True)
        text = (
            "<p>Something does not work at the moment. You can still go on to the page:</p>"
            f'<p><a href="{shown}" rel="noreferrer">{shown}</a></p>'
        )
    page = _page(503, "Just a moment", text)
    page.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return page


def _who(email: str | None) -> str:
    return f"<strong>{escape(email)}</strong>" if email else "your address"


def _page(status: int, title: str, text: str) -> HTMLResponse:
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><main><h1>{title}</h1>{text}</main></body></html>",
        status_code=status,
        headers={"content-security-policy": _POLICY, "cache-control": "no-store"},
    )
