"""The address of a request that came through CloudFront, which nobody else can choose."""

from typing import Any

import pytest

from functions.api.viewer import SITE_HEADER, as_from_viewer

KEY = "0f0e0d0c-1111-2222-3333-444455556666"
EDGE, VIEWER, CLAIMED = "198.51.100.9", "192.0.2.7", "203.0.113.1"


def source_of(site_key: str = KEY, **headers: str) -> str:
    event: dict[str, Any] = {
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"sourceIp": EDGE, "method": "GET"}, "stage": "$default"},
    }
    found = as_from_viewer(event, site_key)
    assert event["requestContext"]["http"]["sourceIp"] == EDGE
    assert found["requestContext"]["http"]["method"] == "GET"
    source: str = found["requestContext"]["http"]["sourceIp"]
    return source


@pytest.mark.parametrize(
    "forwarded",
    [
        f"{VIEWER}, {EDGE}",
        f"{CLAIMED}, {VIEWER}, {EDGE}",
        f"{CLAIMED},{EDGE}, {VIEWER},{EDGE}",
        VIEWER,
    ],
)
def test_viewer_is_who_cloudfront_saw(forwarded: str) -> None:
    """Whatever the client claims in front of it."""
    site = {SITE_HEADER.replace("-", "_"): KEY}
    assert source_of(x_forwarded_for=forwarded, **site) == VIEWER


@pytest.mark.parametrize("shown", ["", "x" + KEY[1:], KEY + "x", "schlüssel"])
def test_nobody_but_cloudfront_says_who_the_viewer_is(shown: str) -> None:
    site = {SITE_HEADER.replace("-", "_"): shown} if shown else {}
    assert source_of(x_forwarded_for=f"{CLAIMED}, {VIEWER}", **site) == EDGE


def test_without_a_key_nothing_is_believed() -> None:
    """Also not an empty one; and nothing is made of nothing."""
    site = {SITE_HEADER.replace("-", "_"): ""}
    assert source_of("", x_forwarded_for=f"{CLAIMED}, {EDGE}", **site) == EDGE
    site = {SITE_HEADER.replace("-", "_"): KEY}
    assert source_of(**site) == EDGE
    assert source_of(x_forwarded_for=EDGE, **site) == EDGE
