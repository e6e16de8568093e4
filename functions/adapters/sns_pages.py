"""The pages of Amazon SNS that its messages name: certificates and confirmations.

Role: implements `SnsPages` by HTTPS, in threads. Invariant: a redirect is never followed, a page is
bounded, and so is how often pages are fetched, because anybody may send messages that name pages.
This module must not know which pages may be fetched: its caller checks their hosts.
"""

import asyncio
import ssl
from collections import OrderedDict, deque
from collections.abc import Callable
from http.client import HTTPException, HTTPSConnection
from time import monotonic

from functions.mail.sns_message import Page
from functions.service.tracking.ports import SnsUnreachableError

TIMEOUT_SECONDS = 5.0
PAGE_BYTES_MAX = 64 * 1024
CERTIFICATES_MAX = 16
FETCHES_PER_MINUTE_MAX = 30


def https_get(page: Page, *, port: int = 443, tls: ssl.SSLContext | None = None) -> bytes:
    """`tls`: what verifies the host. Raises OSError, HTTPException."""
    connection = HTTPSConnection(
        page.host, port, timeout=TIMEOUT_SECONDS, context=tls or ssl.create_default_context()
    )
    try:
        connection.request("GET", page.target)
        answer = connection.getresponse()
        content = answer.read(PAGE_BYTES_MAX + 1)
    finally:
        connection.close()
    if answer.status != 200 or len(content) > PAGE_BYTES_MAX:
        raise HTTPException(f"status {answer.status}, {len(content)} bytes")
    return content


class HttpsSnsPages:
    def __init__(self, get: Callable[[Page], bytes] = https_get) -> None:
        self._get = get
        self._certificates: OrderedDict[Page, bytes] = OrderedDict()
        self._fetched_at: deque[float] = deque(maxlen=FETCHES_PER_MINUTE_MAX)

    async def certificate(self, page: Page) -> bytes:
        held = self._certificates.get(page)
        if held is None:
            held = self._certificates[page] = await self._fetch(page)
        self._certificates.move_to_end(page)
        while len(self._certificates) > CERTIFICATES_MAX:
            self._certificates.popitem(last=False)
        return held

    async def confirm(self, page: Page) -> None:
        await self._fetch(page)

    async def _fetch(self, page: Page) -> bytes:
        now, recent = monotonic(), self._fetched_at
        if len(recent) == FETCHES_PER_MINUTE_MAX and now - recent[0] < 60:
            raise SnsUnreachableError("too many pages were fetched in the last minute")
        recent.append(now)
        try:
            return await asyncio.to_thread(self._get, page)
        except (OSError, HTTPException) as problem:
            raise SnsUnreachableError(f"{page.host}: {type(problem).__name__}") from problem
