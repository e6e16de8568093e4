"""HTTP requests as API Gateway events, and the responses to them (payload format 2.0).

Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
import re
import secrets
import time
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from local.cloud.invoke import Event
from local.cloud.moto_aws import ACCOUNT_ID

Scope = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te"})
_TEXT_TYPES = re.compile(r"^(text/.*|application/(json|javascript|xml|.*\+json|.*\+xml))$")


def http_event(scope: Scope, body: bytes) -> Event:
    """The event of payload format 2.0 that an HTTP API creates for a request.

    As there, the path is decoded but the query string is not, repeated headers and parameters are
    joined by commas, cookies are a list, and everything but text is sent as base64.
    """
    headers, cookies = _event_headers(scope)
    path = scope["path"]
    query = scope["query_string"].decode("latin-1")
    route_key = "ANY /" if path == "/" else "ANY /{proxy+}"
    now_ms = time.time_ns() // 1_000_000
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": "local",
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": "local",
            "http": {
                "method": scope["method"],
                "path": path,
                "protocol": f"HTTP/{scope.get('http_version', '1.1')}",
                "sourceIp": _client_address(scope),
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": secrets.token_hex(8),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now_ms / 1000)),
            "timeEpoch": now_ms,
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _joined_parameters(query)
    if path != "/":
        event["pathParameters"] = {"proxy": path.removeprefix("/")}
    if body:
        event["body"], event["isBase64Encoded"] = _body_as_text(
            body, headers.get("content-type", "")
        )
    return event


def http_answer(answer: object) -> tuple[int, Headers, bytes]:
    """Status, headers and body of a handler's response in payload format 2.0.

    Raises ValueError if it is not one.
    """
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        raise ValueError(f"not an answer of payload format 2.0: {answer!r:.200}")
    headers = [
        (name.lower().encode("latin-1"), str(value).encode("latin-1"))
        for name, value in (answer.get("headers") or {}).items()
    ]
    headers += [(b"set-cookie", c.encode("latin-1")) for c in answer.get("cookies") or []]
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return int(answer["statusCode"]), headers, content


def _event_headers(scope: Scope) -> tuple[dict[str, str], list[str]]:
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        elif name not in HOP_BY_HOP:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    if joined.get("host", "").startswith("["):
        # No HTTP API has an IPv6 address for a name, so Mangum cannot read one.
        joined["host"] = "localhost"
    address = _client_address(scope)
    forwarded = joined.get("x-forwarded-for")
    joined["x-forwarded-for"] = f"{forwarded}, {address}" if forwarded else address
    joined["x-forwarded-proto"] = scope.get("scheme", "http")
    server = scope.get("server")
    joined["x-forwarded-port"] = str(server[1] if server else 80)
    return joined, cookies


def _client_address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "127.0.0.1"


def _joined_parameters(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body_as_text(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body as it is sent, and whether that is base64."""
    media_type = content_type.split(";")[0].strip().lower()
    if _TEXT_TYPES.match(media_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), True
