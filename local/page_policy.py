"""What a page may load and run: the Content-Security-Policy of the interface.

Only our own scripts run: inline scripts are named by their digests (CSP level 3, section 8.2),
which are computed from the same page. Pictures may come from anywhere, because the interface shows
e-mails, and theirs do.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html.parser import HTMLParser


def page_policy(scripts: Sequence[str] = ()) -> str:
    """The header's value. `scripts`: the texts of the page's inline scripts."""
    digests = (b64encode(sha256(it.encode()).digest()).decode() for it in scripts)
    allowed = "".join(f" 'sha256-{it}'" for it in dict.fromkeys(digests))
    return (
        "default-src 'self'; "
        "img-src 'self' data: https: http:; "
        "style-src 'self' 'unsafe-inline'; "
        f"script-src 'self'{allowed}; "
        "frame-src 'self' blob: data:; "
        "connect-src 'self'; "
        "frame-ancestors 'none'; "
        "base-uri 'self'; "
        "form-action 'self'"
    )


def inline_scripts(page: str) -> list[str]:
    """The text of each inline script of the page, as browsers digest it."""
    scripts = _Scripts()
    # Browsers read every line ending as one line feed.
    scripts.feed(page.replace("\r\n", "\n").replace("\r", "\n"))
    scripts.close()
    return scripts.found


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "src" not in dict(attrs):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._text is not None:
            self.found.append("".join(self._text))
            self._text = None
