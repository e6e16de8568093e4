"""The exported frontend under `/app`, in front of what serves the rest.

Files come from one folder, as Next.js exports them: a route is `route.html` with `route.txt` (and
`route/__next.….txt`) beside it, a dynamic part of it stands under the name `_`. Invariant: nothing
outside the folder is ever read, whatever the address. Pages are open to all: what they show they
ask of the API, and that is locked.
"""

import asyncio
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.page_policy import inline_scripts, page_policy

PLACE: Final = "/app"

SEGMENTS_MAX = 20
SEGMENT_BYTES_MAX = 200
"""With an ending, what file systems take as a name."""
COMPRESSED_BYTES_MIN = 500
KEPT_BYTES_MAX = 64 * 1024 * 1024
"""Of files and what was made of them; an export has a few."""

FOREVER = "public, max-age=31536000, immutable"
"""For files whose names change with their contents."""

_ANY = "_"
"""What a dynamic part of a route is exported as."""
_KINDS: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_COMPRESSED = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"})

_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>EmailBuilder: not built yet</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 36em; margin: 4em auto; padding: 0 1em }</style>
<h1>The interface is not built yet</h1>
<p>Build it once with <code>make frontend</code>, then reload this page; the server may
keep running.
<p>The API answers all the while, at <code>/api/v1</code>.
"""


class Frontend:
    """Middleware: answers `/app` and what is below; the rest is `app`'s.

    Browsers that open `/` are sent to `/app`. A folder that is not there, or is made anew, is seen
    at the next request.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._shelf = _Shelf()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response | None:
        """None: it is for others to answer."""
        path: str = scope["path"]
        headers = Headers(scope=scope)
        is_read = scope["method"] in ("GET", "HEAD")
        if path == "/" and is_read and "text/html" in headers.get("accept", ""):
            return RedirectResponse(PLACE, 307)
        if path not in (PLACE, f"{PLACE}.txt") and not path.startswith(f"{PLACE}/"):
            return None
        if not is_read:
            words = "Pages are only read: send GET."
            return PlainTextResponse(words, 405, {"allow": "GET, HEAD"})
        if path.endswith("/"):
            query = scope["query_string"].decode("latin-1")
            whole = path.rstrip("/") + (f"?{query}" if query else "")
            return RedirectResponse(whole, 308)
        # The root's own `.txt` is asked for beside it, not below it.
        rest = "index.txt" if path == f"{PLACE}.txt" else path.removeprefix(PLACE).removeprefix("/")
        return await asyncio.to_thread(self._file, rest, headers)

    def _file(self, path: str, headers: Headers) -> Response:
        if not (self._folder / "index.html").is_file():
            return _not_built()
        try:
            return self._found(self._folder.resolve(), path, headers)
        except FileNotFoundError:
            # It is made anew at this very moment.
            return _not_built()

    def _found(self, folder: Path, path: str, headers: Headers) -> Response:
        found = find(folder, path)
        if found is not None:
            is_kept = found.is_relative_to(folder / "_next" / "static")
            return _response(self._shelf.take(found), headers, is_kept=is_kept)
        missing = folder / "404.html"
        if missing.is_file():
            return _response(self._shelf.take(missing), headers, status=404)
        plain = _headers_of(page_policy(), is_kept=False)
        return PlainTextResponse("There is no such page.", 404, plain)


def _not_built() -> Response:
    return HTMLResponse(_NOT_BUILT, 503, _headers_of(page_policy(), is_kept=False))


def find(folder: Path, path: str) -> Path | None:
    """The file that an address below `/app` means: by its own name, else as a dynamic route.

    `folder`: resolved.
    """
    segments = path.split("/") if path else ["index"]
    if len(segments) > SEGMENTS_MAX or not all(map(_is_name, segments)):
        return None
    for it in _candidates(folder, segments):
        if it.is_file() and it.resolve().is_relative_to(folder):
            return it
    return None


def _is_name(segment: str) -> bool:
    """Of something that an export may hold; `..` and hidden files are none."""
    return (
        segment.isprintable()
        and not segment.startswith(".")
        and "\\" not in segment
        and 0 < len(segment.encode("utf-8", "replace")) <= SEGMENT_BYTES_MAX
    )


def _candidates(folder: Path, segments: Sequence[str]) -> Iterator[Path]:
    first, rest = segments[0], segments[1:]
    if rest:
        for name in dict.fromkeys((first, _ANY)):
            if (folder / name).is_dir():
                yield from _candidates(folder / name, rest)
        return
    yield folder / first
    yield folder / f"{first}.html"
    if not first.endswith(".txt"):
        yield folder / f"{_ANY}.html"
    elif not first.startswith("__next."):
        # Those are parts of one route; another route's would be taken for them.
        yield folder / f"{_ANY}.txt"


@dataclass(frozen=True, slots=True)
class _Asset:
    """`stamp`: of the file, when it was read. `zipped` is None where that is not worth it."""

    stamp: tuple[int, int]
    content: bytes
    zipped: bytes | None
    kind: str
    tag: str
    policy: str

    @property
    def size_bytes(self) -> int:
        return len(self.content) + len(self.zipped or b"")


class _Shelf:
    """Files that were read, with what was made of them; read again once they have changed."""

    def __init__(self) -> None:
        self._assets: dict[Path, _Asset] = {}
        self._bytes = 0

    def take(self, path: Path) -> _Asset:
        """Called from several threads: at worst a file is read twice."""
        found = path.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        asset = self._assets.get(path)
        if asset is not None and asset.stamp == stamp:
            return asset
        asset = _read(path, stamp)
        if self._bytes + asset.size_bytes > KEPT_BYTES_MAX:
            self._assets, self._bytes = {}, 0
        if asset.size_bytes <= KEPT_BYTES_MAX:
            self._assets[path] = asset
            self._bytes += asset.size_bytes
        return asset


def _read(path: Path, stamp: tuple[int, int]) -> _Asset:
    content = path.read_bytes()
    is_worth_it = path.suffix in _COMPRESSED and len(content) >= COMPRESSED_BYTES_MIN
    scripts = inline_scripts(content.decode("utf-8", "replace")) if path.suffix == ".html" else []
    return _Asset(
        stamp=stamp,
        content=content,
        zipped=gzip.compress(content, 6, mtime=0) if is_worth_it else None,
        kind=_KINDS.get(path.suffix, "application/octet-stream"),
        # Weak, because it is the same for the compressed form (RFC 9110, section 8.8.1).
        tag=f'W/"{sha256(content).hexdigest()[:32]}"',
        policy=page_policy(scripts),
    )


def _response(
    asset: _Asset, asked: Headers, *, status: int = 200, is_kept: bool = False
) -> Response:
    headers = _headers_of(asset.policy, is_kept=is_kept) | {
        "etag": asset.tag,
        "vary": "accept-encoding",
    }
    if status == 200 and _is_known(asset.tag, asked):
        return Response(status_code=304, headers=headers)
    content = asset.content
    if asset.zipped is not None and _takes_gzip(asked):
        content = asset.zipped
        headers["content-encoding"] = "gzip"
    return Response(content, status, headers | {"content-type": asset.kind})


def _headers_of(policy: str, *, is_kept: bool) -> dict[str, str]:
    return {
        "cache-control": FOREVER if is_kept else "no-cache",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def _is_known(tag: str, asked: Headers) -> bool:
    """RFC 9110, section 13.1.2: compared weakly."""
    known = [it.strip() for it in asked.get("if-none-match", "").split(",")]
    opaque = tag.removeprefix("W/")
    return "*" in known or opaque in [it.removeprefix("W/") for it in known]


def _takes_gzip(asked: Headers) -> bool:
    for it in asked.get("accept-encoding", "").lower().split(","):
        name, _, weight = it.replace(" ", "").partition(";")
        if name in ("gzip", "*"):
            return weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
