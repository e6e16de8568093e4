"""DKIM keys over HTTP: created, listed, put to use, sealed anew, deleted; never shown."""

import httpx
import pytest

from harness.fakes.scenes import over_api
from harness.fakes.signing import SECRET, able_to_sign
from harness.fakes.world import FakeWorld

KEYS = "/api/v1/dkim-keys"


@over_api
async def test_key_is_created_with_the_records_to_publish(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The private key is not in any answer."""
    able_to_sign(world, spf="include:amazonses.com")
    created = await client.post(KEYS, json={"domain": "Example.com", "algorithm": "ed25519"})
    assert created.status_code == 201
    made = created.json()
    (key,) = made["keys"]
    assert (made["domain"], key["algorithm"], key["in_use"]) == ("example.com", "ed25519", True)
    assert key["record_name"] == f"{key['selector']}._domainkey.example.com"
    records = {it["purpose"]: it for it in made["records"]}
    assert records["dkim"]["name"] == key["record_name"]
    assert records["dkim"]["value"] == key["record_value"]
    assert records["spf"]["value"] == "v=spf1 include:amazonses.com ~all"
    assert records["links"]["name"] == "mail.example.com"
    assert all(it["value"] or it["hint"] for it in made["records"])
    assert (await client.get(f"{KEYS}/EXAMPLE.com")).json() == made
    listed = await client.get(KEYS)
    assert listed.json() == {"keys": [key]}
    (stored,) = await world.store.dkim_keys.all(world.made.workspace_id, 9)
    assert stored.sealed not in created.text + listed.text


@over_api
async def test_rsa_is_the_default(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Of 2048 bits; every receiver verifies it."""
    able_to_sign(world)
    (key,) = (await client.post(KEYS, json={"domain": "example.com"})).json()["keys"]
    assert key["algorithm"] == "rsa"
    assert key["record_value"].startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")


@over_api
async def test_keys_are_put_to_use_sealed_anew_and_deleted(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Each by its domain and selector."""
    able_to_sign(world)
    body = {"domain": "example.com", "algorithm": "ed25519"}
    await client.post(KEYS, json=body)
    first, second = (await client.post(KEYS, json=body)).json()["keys"]
    assert (first["in_use"], second["in_use"]) == (True, False)
    path = f"{KEYS}/example.com/{second['selector']}"
    assert (await client.post(f"{path}/use")).json() == {**second, "in_use": True}
    keys = (await client.get(KEYS)).json()["keys"]
    assert [it["in_use"] for it in keys] == [False, True]
    able_to_sign(world, "another secret, as long as the first", SECRET)
    assert (await client.post(f"{KEYS}/reseal")).json() == {"resealed": 2}
    assert (await client.delete(path)).status_code == 204
    again = await client.delete(path)
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"domain": "no domain"}, 422, "bad_domain"),
        ({"domain": "example.com", "algorithm": "dsa"}, 422, "invalid"),
        ({"domain": "example.com", "bits": 1024}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
@over_api
async def test_bad_request_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, body: dict[str, object], status: int, code: str
) -> None:
    """With the field; nothing is stored."""
    able_to_sign(world)
    answer = await client.post(KEYS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await client.get(KEYS)).json() == {"keys": []}


@over_api
async def test_without_secrets_the_setting_is_named(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """A conflict, which the operator can resolve."""
    answer = await client.post(KEYS, json={"domain": "example.com"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_secrets")
    assert "SECRET_KEYS" in answer.json()["detail"]
