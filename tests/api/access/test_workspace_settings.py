"""The settings of the workspace, over HTTP."""

import httpx
import pytest

from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld

PATH = "/api/v1/workspace/settings"
DEFAULTS: dict[str, object] = {
    "postal_address": "",
    "footer": "",
    "reply_to": None,
    "test_addresses": [],
    "updated_at": None,
    "revision": 0,
}


@over_api
async def test_settings_are_changed_field_by_field(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """What is left out stays; null resets; a change without an effect writes nothing."""
    first = await client.get(PATH)
    assert (first.json(), first.headers["etag"]) == (DEFAULTS, '"0"')
    address = "Example Ltd\n1 Example Street"
    written = {"postal_address": f" {address.replace(chr(10), '  ' + chr(13) + chr(10))} "}
    changed = await client.patch(PATH, json={**written, "test_addresses": ["Ann@Example.com"] * 2})
    assert changed.status_code == 200, changed.text
    assert changed.json()["postal_address"] == address
    assert changed.json()["test_addresses"] == ["Ann@example.com"]
    assert (changed.json()["revision"], changed.headers["etag"]) == (1, '"1"')
    again = await client.patch(PATH, json=written)
    assert again.json() == changed.json()
    reset = await client.patch(PATH, json={"test_addresses": None, "reply_to": "shop@example.com"})
    assert reset.json()["test_addresses"] == []
    assert reset.json()["postal_address"] == address
    assert (await client.get(PATH)).json() == reset.json()


@over_api
async def test_settings_that_changed_meanwhile_are_not_overwritten(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The second of two people with the same ETag gets an error."""
    seen = {"if-match": (await client.get(PATH)).headers["etag"]}
    assert (await client.patch(PATH, json={"footer": "a"}, headers=seen)).status_code == 200
    late = await client.patch(PATH, json={"footer": "b"}, headers=seen)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await client.get(PATH)).json()["footer"] == "a"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("postal_address", "x" * 501),
        ("postal_address", "a\x07b"),
        ("footer", "{{ nope"),
        ("reply_to", "nobody"),
        ("test_addresses", ["ann@example.com"] * 21),
        ("test_addresses", ["nobody"]),
        ("colour", "red"),
    ],
)
@over_api
async def test_what_cannot_be_used_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, field: str, value: object
) -> None:
    """With the field, and nothing is stored."""
    answer = await client.patch(PATH, json={field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert (await client.get(PATH)).json() == DEFAULTS
