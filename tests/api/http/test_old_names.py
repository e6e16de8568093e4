"""Names that JSON fields and parameters had before: accepted in requests, still in answers."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import httpx

from functions import api
from functions.api.http.old_names import WithOldNames
from functions.service.operations.records import DeadLetter
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld
from tests.api.launched import launch


def renamed() -> Iterator[type[WithOldNames]]:
    for module in walk_packages(api.__path__, f"{api.__name__}."):
        for model in vars(import_module(module.name)).values():
            if isinstance(model, type) and issubclass(model, WithOldNames) and model.OLD_NAMES:
                yield model


def test_old_names_are_in_no_schema() -> None:
    """The OpenAPI document shows the new names alone, and each old one stands for one of them."""
    assert len({*renamed()}) > 8
    for model in renamed():
        fields = model.model_fields.keys()
        assert set(model.OLD_NAMES.values()) <= fields
        assert not model.OLD_NAMES.keys() & fields
        schema = model.model_json_schema(mode="serialization")
        assert not model.OLD_NAMES.keys() & schema["properties"].keys()
        assert schema["properties"].keys() == fields


@over_api
async def test_answers_have_both_names(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """With one value: in a list, in a nested object, in a problem, in an import's report."""
    dead_letter = DeadLetter(
        dead_letter_id="gone", source="send_email", reason="rejected", at=BEGINNING, size_bytes=2
    )
    world.dead_letters.lying.append((dead_letter, b"{}"))
    (listed,) = (await client.get("/api/v1/dead-letters")).json()["dead_letters"]
    assert (await client.get("/api/v1/dead-letters")).json()["letters"] == [listed]
    assert listed["dead_letter_id"] == listed["letter_id"] == "gone"
    await launch(client, world)
    message = (await client.get("/campaigns/x/messages")).json()["messages"][0]
    lead = (await client.get(f"/campaigns/x/leads/{message['lead_id']}")).json()
    for shown in (message, lead["messages"][0]):
        assert shown["reason"] == shown["words"] == "250 taken"
        assert shown["delivery_attempts"] == shown["tries"]
        assert shown["first_attempt_at"] == shown["first_try_at"]
        assert shown["resend_number"] == shown["attempt"] == 1
    sent = lead["sent_emails"]["a"]
    assert sent["resend_number"] == sent["attempt"] == 1
    report = (await client.post("/campaigns/x/validate")).json()
    assert report["valid"] is report["sound"] is True
    (error,) = (await client.post("/campaigns", json={"name": ""})).json()["errors"]
    assert error["message"] == error["words"] == "name must not be empty."
    body = {"name": "y", "contacts": [{"email": "nobody"}]}
    job = (await client.post("/campaigns", json=body)).json()["import_job"]
    await world.settle()
    report = (await client.get(f"/api/v1/jobs/{job['job_id']}")).json()["report"]
    (problem,) = report["problems"]
    assert problem["message"] == problem["words"] != ""


@over_api
async def test_requests_may_use_either_name(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """Not both at once; the parameter of a list as well as the field of a body."""
    await launch(client, world)
    leads = [
        await client.get(f"/campaigns/x/leads?node=a&{it}=sent") for it in ("metric", "behind")
    ]
    assert leads[0].json() == leads[1].json()
    assert len(leads[0].json()["leads"]) == 5
    ids = [it["lead_id"] for it in leads[0].json()["leads"]]
    for lead_id, name in zip(ids, ("reason", "words"), strict=False):
        removed = await client.post(f"/campaigns/x/leads/{lead_id}/remove", json={name: "by phone"})
        assert removed.status_code == 200
        story = (await client.get(f"/campaigns/x/leads/{lead_id}")).json()["timeline"]
        assert story[-1]["parameters"]["reason"] == "by phone"
    for name in ("strict", "only_sound"):
        made = await client.post("/campaigns", json={"nodes": [{"id": "a"}], name: True})
        assert made.json()["code"] == "flow_invalid"
    both = {"reason": "a", "words": "b"}
    refused = await client.post(f"/campaigns/x/leads/{ids[2]}/remove", json=both)
    assert refused.status_code == 422
