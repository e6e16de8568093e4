"""Whose request it is, if CloudFront passed it on to API Gateway.

CloudFront adds the viewer's address to the end of X-Forwarded-For, and the gateway adds
CloudFront's. What stands before them is what a client claims. The gateway can also be reached
directly, so the header counts only together with the site's key, which CloudFront alone sends.
"""

import hmac
from collections.abc import Mapping
from typing import Any

SITE_HEADER = "x-emailbuilder-site"


def as_from_viewer(event: Mapping[str, Any], site_key: str) -> Mapping[str, Any]:
    """The event with the viewer's address as its source. `site_key`: empty: there is no CloudFront
    in front."""
    headers = event.get("headers") or {}
    shown = headers.get(SITE_HEADER, "")
    if not site_key or not hmac.compare_digest(shown.encode(), site_key.encode()):
        return event
    context = event["requestContext"]
    *_, viewer = ["", *_forwarded(headers, context["http"]["sourceIp"])]
    if not viewer:
        return event
    http = {**context["http"], "sourceIp": viewer}
    return {**event, "requestContext": {**context, "http": http}}


def _forwarded(headers: Mapping[str, str], gateways_peer: str) -> list[str]:
    found = [it.strip() for it in headers.get("x-forwarded-for", "").split(",")]
    return found[:-1] if found[-1] == gateways_peer else found
