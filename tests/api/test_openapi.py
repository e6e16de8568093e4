"""The OpenAPI is what clients are generated from: its names are stable and its examples true."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

import functions.api as api
from functions.access import NO_TOKENS
from functions.api.app import create_app
from harness.fakes.described import NoServices
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld
from tests.architecture.source import ROOT

PUBLISHED = ROOT / "frontend" / "src" / "shared" / "api" / "schema.ts"
"""The types that `make frontend-types` writes: an operation that is new or renamed shows there."""


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in create_app(NoServices(), lambda: NO_TOKENS).openapi()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_operation_ids_are_stable_and_unique() -> None:
    """One for each route, none twice, none lost: generated clients call their methods by these."""
    ids = [operation["operationId"] for _, _, operation in operations()]
    _, _, published = PUBLISHED.read_text().partition("export interface operations {")
    assert sorted(ids) == sorted(re.findall(r"^    (\w+): \{$", published, re.MULTILINE))


def test_every_operation_is_described() -> None:
    """A tag, a sentence, and problems with their own media type; the alias does not appear."""
    for path, method, operation in operations():
        assert operation["tags"], path
        assert len(operation["summary"]) > 10, path
        assert not path.startswith("/campaigns")
        if path.startswith("/api/v1"):
            refused = [it for it in operation["responses"].items() if it[0] >= "400"]
            assert {it for it, _ in refused} >= {"400", "503"}, f"{method} {path}"
            for status, response in refused:
                kinds = list(response["content"])
                assert kinds == ["application/problem+json"], f"{status} of {method} {path}"
        assert "default" not in operation["responses"]


MODELS = [
    model
    for module in walk_packages(api.__path__, f"{api.__name__}.")
    for model in vars(import_module(module.name)).values()
    if isinstance(model, type)
    and issubclass(model, BaseModel)
    and model.__module__ == module.name
    and (model.model_config.get("json_schema_extra") or {})
]


@pytest.mark.parametrize("model", MODELS)
def test_examples_are_true(model: type[BaseModel]) -> None:
    """Each example of a schema is an instance of it."""
    extra: Any = model.model_config["json_schema_extra"]
    for example in extra["examples"]:
        TypeAdapter(model).validate_python(example)


@over_api
async def test_example_of_create_can_be_sent(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Copied from the documentation, it works, including its mail."""
    document = (await client.get("/api/v1/openapi.json")).json()
    example, empty = document["components"]["schemas"]["CampaignCreate"]["examples"]
    created = await client.post("/campaigns", json=example)
    assert created.status_code == 201, created.text
    await world.settle()
    assert [it.subject for it in world.transport.sent] == ["Hi Ann"]
    assert (await client.post("/campaigns", json=empty)).status_code == 201


@over_api
async def test_every_answer_has_its_headers(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Also errors and tracking; and nothing is shared with other origins."""
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for method, path in (
        ("GET", "/campaigns"),
        ("GET", "/nowhere"),
        ("POST", "/campaigns"),
        ("GET", "/t/o/x"),
        ("GET", "/t/c/x"),
        ("OPTIONS", "/campaigns"),
    ):
        answer = await client.request(method, path, headers=asked)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert not [name for name in answer.headers if re.match("access-control", name)]
