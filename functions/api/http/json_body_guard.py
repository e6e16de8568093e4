"""The guard for JSON bodies: checks size, media type and content before a route sees them.

Contact files are not checked here, because their route reads them as they stream in. Tracking
requests have no body.
"""

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.http import paths
from functions.api.http.problems import of_caller_error
from functions.api.http.request_limits import RequestLimits, in_units
from functions.api.http.strict_json import parse_json
from functions.service.errors import CallerError

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""No route accepts other methods with a body, so none is read for them."""


class JsonBodyGuard:
    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_guarded(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = await read_bounded(scope, receive, _bytes_max(scope, self._limits))
            if body:
                if scope["path"] != paths.SES_FEEDBACK:  # Amazon SNS calls its JSON text/plain.
                    require_json(Headers(scope=scope))
                parse_json(body)
        except CallerError as error:
            await of_caller_error(error)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        await self._app(scope, _replayed(body, receive), send)


def is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def require_json(headers: Headers) -> None:
    """Raises CallerError 415."""
    if not is_json(headers):
        kind = headers.get("content-type") or "nothing"
        raise CallerError(
            415,
            "not_json",
            f"The body must be JSON: send Content-Type: application/json, not {kind[:100]}.",
        )


async def read_bounded(scope: Scope, receive: Receive, bytes_max: int) -> bytes:
    """The whole body. Raises CallerError 413, ClientDisconnect."""
    if declared_bytes(Headers(scope=scope)) > bytes_max:
        raise _too_large(scope, bytes_max)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise _too_large(scope, bytes_max)
        if not message.get("more_body", False):
            return bytes(body)


def declared_bytes(headers: Headers) -> int:
    """The declared length; 0 if it is missing or not a number."""
    declared = headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _too_large(scope: Scope, bytes_max: int) -> CallerError:
    message = f"The body is larger than {in_units(bytes_max)}."
    if scope["path"] not in (paths.SESSION, paths.FEEDBACK, paths.SES_FEEDBACK):
        upload = f"POST {paths.API_PREFIX}/campaigns/{{campaign_id}}/contacts"
        message += f" Import contacts as a CSV file with {upload}."
    return CallerError(413, "body_too_large", message)


def _bytes_max(scope: Scope, limits: RequestLimits) -> int:
    # A caller that opens a session or brings feedback is not authenticated yet.
    match scope["path"]:
        case paths.SESSION:
            return limits.session_bytes_max
        case paths.FEEDBACK | paths.SES_FEEDBACK:
            return limits.feedback_bytes_max
    return limits.json_bytes_max


def _is_guarded(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
        return False
    path: str = scope["path"]
    return path.startswith(paths.API_PREFIX) and paths.UPLOAD.fullmatch(path) is None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Provide the body again, as one message, and after it the server's own messages."""
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay
