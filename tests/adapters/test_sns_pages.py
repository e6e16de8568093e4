"""The pages of SNS over real TLS: verified, bounded, kept, and never fetched too often."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from functions.adapters.sns_pages import (
    CERTIFICATES_MAX,
    FETCHES_PER_MINUTE_MAX,
    PAGE_BYTES_MAX,
    HttpsSnsPages,
    https_get,
)
from functions.mail.sns_message import Page
from functions.service.tracking.ports import SnsUnreachableError
from harness.fakes.sns import certificate


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, content = 200, self.path.encode()
        if self.path == "/away":
            status = 302
        if self.path == "/large":
            content = b"x" * (PAGE_BYTES_MAX + 1)
        self.send_response(status)
        self.send_header("location", "/there")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Its port, and what trusts its certificate for `localhost`."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = certificate(key, "localhost", datetime.now(UTC))  # noqa: TID251
    held = folder / "tls.pem"
    held.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(held)
    listening = HTTPServer(("127.0.0.1", 0), _Pages)
    listening.socket = tls.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listening.server_port, ssl.create_default_context(cadata=pem.decode())
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def test_page_is_read_from_a_verified_host(tmp_path: Path) -> None:
    """No redirect is followed, and no page is larger than its bound."""
    with server(tmp_path) as (port, tls):
        page = Page("localhost", "/a.pem?b=c")
        assert https_get(page, port=port, tls=tls) == b"/a.pem?b=c"
        with pytest.raises(ssl.SSLCertVerificationError):
            https_get(page, port=port)
        with pytest.raises(ssl.SSLCertVerificationError):
            https_get(Page("127.0.0.1", "/"), port=port, tls=tls)
        for target in ("/away", "/large"):
            with pytest.raises(HTTPException):
                https_get(Page("localhost", target), port=port, tls=tls)


def test_certificates_are_kept_and_bounded() -> None:
    """The one that was asked for last longest ago is forgotten. Confirmations are not kept."""
    asked: list[Page] = []

    def get(page: Page) -> bytes:
        asked.append(page)
        return page.target.encode()

    async def run() -> None:
        pages = HttpsSnsPages(get)
        first, *others = (Page("h", str(number)) for number in range(CERTIFICATES_MAX + 1))
        for page in (first, first, *others[:-1], first, others[-1], first):
            assert await pages.certificate(page) == page.target.encode()
        assert asked == [first, *others]
        await pages.certificate(others[0])
        await pages.confirm(first)
        await pages.confirm(first)
        assert asked[-3:] == [others[0], first, first]

    asyncio.run(run())


def test_pages_are_not_fetched_too_often() -> None:
    """Whoever sends messages that name ever new pages does not make us ask for them all."""

    def fails(page: Page) -> bytes:
        raise ConnectionRefusedError

    async def run() -> None:
        pages = HttpsSnsPages(fails)
        for number in range(FETCHES_PER_MINUTE_MAX):
            with pytest.raises(SnsUnreachableError, match="ConnectionRefusedError"):
                await pages.certificate(Page("h", str(number)))
        with pytest.raises(SnsUnreachableError, match="too many"):
            await pages.certificate(Page("h", "one more"))

    asyncio.run(run())
