"""Serves the exported frontend under `/app`, in front of the application that serves the rest.

Files come from one folder, as Next.js exports them: a route is `route.html` with `route.txt` (and
`route/__next.….txt`) beside it; a dynamic part of a route has the name `_`. Invariant: nothing
outside the folder is ever read, whatever the address. Pages need no token: they get all data from
the API, which requires one.
"""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from local.page_policy import inline_scripts, page_policy

PLACE: Final = "/app"

SEGMENTS_MAX = 20
SEGMENT_BYTES_MAX = 200
"""The longest name, with an extension, that file systems accept."""
POLICIES_KEPT_MAX = 200

FOREVER = "public, max-age=31536000, immutable"
"""For files whose names change with their content."""

_ANY = "_"
"""The exported name of a dynamic part of a route."""

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
    """Middleware: answers `/app` and everything below; `app` answers the rest.

    Browsers that open `/` are redirected to `/app`. If the folder is created or built again, the
    next request sees it.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._pages = GZipMiddleware(_Pages(folder), compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else self._app
        await answer(scope, receive, send)

    def _answer(self, scope: Scope) -> ASGIApp:
        path: str = scope["path"]
        is_read = scope["method"] in ("GET", "HEAD")
        accepted = Headers(scope=scope).get("accept", "")
        if path == "/" and is_read and "text/html" in accepted:
            return RedirectResponse(PLACE, 307)
        if path not in (PLACE, f"{PLACE}.txt") and not path.startswith(f"{PLACE}/"):
            return self._app
        if not is_read:
            message = "Pages are read-only: send GET."
            return PlainTextResponse(message, 405, {"allow": "GET, HEAD"})
        if path.endswith("/"):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(path.rstrip("/") + (f"?{query}" if query else ""), 308)
        return self._pages


class _Pages(StaticFiles):
    """Finds the file for an address as Next.js would, with a policy of what it may load and run."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.config_checked = True  # It may be built later.
        self._folder = folder

    def get_path(self, scope: Scope) -> str:
        path: str = scope["path"]
        # Browsers request the root's own `.txt` beside it, not below it.
        rest = path.removeprefix(PLACE).removeprefix("/")
        return "index.txt" if path == f"{PLACE}.txt" else rest

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except (HTTPException, FileNotFoundError):
            return self._missing()

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if not (self._folder / "index.html").is_file():
            return "", None
        found = find(self._folder.resolve(), path)
        return (str(found), found.stat()) if found is not None else ("", None)

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path)
        is_kept = path.is_relative_to(self._folder.resolve() / "_next" / "static")
        policy = _policy_of(path, stat_result.st_mtime_ns)
        response.headers.update(_headers(policy, is_kept=is_kept))
        return response

    def _missing(self) -> Response:
        if not (self._folder / "index.html").is_file():
            # Also while it is being rebuilt.
            return HTMLResponse(_NOT_BUILT, 503, _headers(page_policy()))
        page = self._folder / "404.html"
        if not page.is_file():
            return PlainTextResponse("There is no such page.", 404, _headers(page_policy()))
        policy = _policy_of(page, page.stat().st_mtime_ns)
        return FileResponse(page, 404, _headers(policy))


def _headers(policy: str, *, is_kept: bool = False) -> dict[str, str]:
    return {
        "cache-control": FOREVER if is_kept else "no-cache",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


@lru_cache(POLICIES_KEPT_MAX)
def _policy_of(path: Path, _changed_ns: int) -> str:
    """Computed again when the file has changed."""
    if path.suffix != ".html":
        return page_policy()
    return page_policy(inline_scripts(path.read_text("utf-8", "replace")))


def find(folder: Path, path: str) -> Path | None:
    """The file for an address below `/app`: by its own name, otherwise as a dynamic route.

    `folder` must be resolved.
    """
    segments = path.split("/") if path else ["index"]
    if len(segments) > SEGMENTS_MAX or not all(map(_is_name, segments)):
        return None
    for it in _candidates(folder, segments):
        if it.is_file() and it.resolve().is_relative_to(folder):
            return it
    return None


def _is_name(segment: str) -> bool:
    """Whether an export may contain this name; `..` and hidden files are excluded."""
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
        # These are parts of one route; without this check, those of another route would match.
        yield folder / f"{_ANY}.txt"
