"""Bad input gets a clear answer, leaves nothing half-done, and does not disturb the service.
test_uploads.py covers contact files.
"""

import json
from collections.abc import AsyncIterator
from time import process_time

import httpx
import pytest

from functions.api.http.request_limits import RequestLimits
from functions.api.http.strict_json import VALUES_MAX
from harness.fakes.client import api_world
from harness.fakes.scenes import clicked, email, flow, in_world, over_api, wait
from harness.fakes.world import FakeWorld

JSON = {"content-type": "application/json"}
GOOD_CONTACTS = [{"email": "ann@example.com"}]


async def nothing_remains(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """No campaign, no upload; and the next request is served."""
    assert (await client.get("/campaigns")).json()["campaigns"] == []
    world.clock.advance(86_400)
    assert await world.store.uploads.abandoned_anywhere(await world.store.now(), 10) == []
    assert (await client.get("/health/ready")).status_code == 200


MALFORMED = [
    (b'{"name": "X"', 400, "malformed_json"),
    (b'{"name": "X",}', 400, "malformed_json"),
    (b"\xff\xfe{\x00}\x00", 400, "malformed_json"),
    (b'{"name": "\xe9"}', 400, "malformed_json"),
    (b'{"lateness_max_seconds": NaN}', 400, "malformed_json"),
    (b'{"lateness_max_seconds": ' + b"9" * 5000 + b"}", 400, "malformed_json"),
    (b'{"layout": {"a": 99999999999999999999}}', 422, "bad_number"),
    (b'{"layout": {"a": 1e999}}', 422, "bad_number"),
    (b'{"name": "\\ud800"}', 422, "bad_text"),
    (b"[" * 100_000, 400, "nested_too_deeply"),
    (b'{"layout": ' + b'{"a":' * 60 + b"1" + b"}" * 61, 400, "nested_too_deeply"),
    (b"[1, 2]", 422, "invalid"),
    (b"null", 422, "invalid"),
    (b'"text"', 422, "invalid"),
    (b"", 422, "invalid"),
]


@pytest.mark.parametrize(("body", "status", "code"), MALFORMED)
@over_api
async def test_malformed_json_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, body: bytes, status: int, code: str
) -> None:
    """A problem document with a sentence, whatever the bytes."""
    answer = await client.post("/campaigns", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")
    await nothing_remains(client, world)


@over_api
async def test_number_of_values_is_bounded(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """An empty list of two bytes takes eighty in memory. Separators within a text are none."""
    for values in (b"[]," * (VALUES_MAX // 2), b"0," * VALUES_MAX, b'{"":0},' * (VALUES_MAX // 3)):
        body = b'{"nodes":[' + values + b"0]}"
        answer = await client.post("/campaigns", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_many_values")
    await nothing_remains(client, world)
    text = r'a,:[{\\"' * (VALUES_MAX // 4)
    created = await client.post("/campaigns", json={"name": "X", "layout": {"note": text}})
    assert created.status_code == 201, created.text[:300]
    assert created.json()["draft"]["layout"]["note"] == text


WRONG = [
    ({"name": 7}, "name", "string_type"),
    ({"name": ""}, "name", "string_too_short"),
    ({"name": "x" * 201}, "name", "string_too_long"),
    ({"name": "two\r\nlines"}, "name", "value_error"),
    ({"from_name": "a\nBcc: all@example.com"}, "from_name", "value_error"),
    ({"from_email": "a@example.com\r\nBcc: b@example.com"}, "from_email", "value_error"),
    ({"from_email": "nobody"}, "from_email", "value_error"),
    ({"reply_to": "Help <help@example.com>"}, "reply_to", "value_error"),
    ({"campaign_id": "a/b"}, "campaign_id", "value_error"),
    ({"campaign_id": "x" * 65}, "campaign_id", "value_error"),
    ({"launch": "yes"}, "launch", "bool_type"),
    ({"contacts": {"email": "ann@example.com"}}, "contacts", "list_type"),
    ({"contact_file": "email\n"}, "contact_file", "model_attributes_type"),
    ({"contact_file": {"content": 1}}, "contact_file.content", "string_type"),
    ({"nodes": "none"}, "nodes", "list_type"),
    ({"workflow": []}, "workflow", "dict_type"),
    ({"lateness_max_seconds": -1}, "lateness_max_seconds", "greater_than_equal"),
    ({"lateness_max_seconds": 1.5}, "lateness_max_seconds", "int_type"),
    ({"nane": "X"}, "nane", "extra_forbidden"),
    ({"contacts": [{"email": "a@example.com", "$where": 1}]}, "contacts[0].$where", "bad_key"),
    ({"layout": {"a": [{"$set": {}}]}}, "layout.a[0].$set", "bad_key"),
    ({"layout": {"nul\0": 1}}, "layout.nul\0", "bad_key"),
    ({"contacts": [], "contact_file": {"content": ""}}, "contact_file", "contacts_twice"),
    ({"contacts": [{}] * 10_001}, "contacts", "too_many_contacts"),
]


@pytest.mark.parametrize(("body", "field", "code"), WRONG)
@over_api
async def test_wrong_value_is_named_by_its_path(
    client: httpx.AsyncClient, world: FakeWorld, body: dict[str, object], field: str, code: str
) -> None:
    """422, the field, and how to correct it; values are not coerced."""
    answer = await client.post("/campaigns", json={"name": "X", **body})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["words"].endswith(".")
    await nothing_remains(client, world)


@over_api
async def test_dot_in_an_attribute_name_costs_its_contact_only(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Stored keys never hold a dot; the report says what the name should be."""
    contacts = [{"email": "ann@example.com", "a.b": 1}, {"email": "bob@example.com"}]
    created = await client.post("/campaigns", json={"name": "X", "contacts": contacts})
    await world.settle()
    job = (await client.get(f"/api/v1/jobs/{created.json()['import_job']['job_id']}")).json()
    assert (job["report"]["accepted"], job["report"]["rejected"]) == (1, 1)
    (problem,) = job["report"]["problems"]
    assert (problem["line"], problem["code"]) == (1, "attribute_name")
    assert "rename it to a_b" in problem["words"]


@over_api
async def test_body_that_is_not_json_is_refused_with_advice(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Valid bytes with the wrong content type, and without one."""
    for headers in ({"content-type": "text/plain"}, {"content-type": "application/x-yaml"}, {}):
        answer = await client.post("/campaigns", content=b'{"name": "X"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "not_json")
    merged = {"content-type": "application/merge-patch+json; charset=utf-8"}
    answer = await client.post("/campaigns", content=b'{"name": "X"}', headers=merged)
    assert answer.status_code == 201


@over_api
async def test_large_json_is_refused_before_it_is_read(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """At once by its declared length, otherwise as soon as there are too many bytes."""
    sent_bytes = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent_bytes
        while True:
            sent_bytes += 65_536
            yield b" " * 65_536

    declared = {**JSON, "content-length": str(2 * 1024**3)}
    answer = await client.post("/campaigns", content=endless(), headers=declared)
    assert (answer.status_code, answer.json()["code"], sent_bytes) == (413, "body_too_large", 0)
    answer = await client.post("/campaigns", content=endless(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert sent_bytes <= RequestLimits().json_bytes_max + 65_536
    await nothing_remains(client, world)


@over_api
async def test_flow_of_5000_nodes_is_refused(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """On create, on save and on validate, wherever the nodes stand, and quickly."""
    nodes = [email(f"e{number}") for number in range(5000)]
    links = [{"from_node": f"e{n}", "to_node": f"e{n + 1}"} for n in range(4999)]
    began = process_time()
    for body in (
        {"nodes": nodes, "connections": links},
        {"workflow": {"start_node": "e0", "nodes": nodes, "connections": links}},
    ):
        answer = await client.post("/campaigns", json={"name": "X", **body})
        assert (answer.status_code, answer.json()["code"]) == (422, "flow_invalid")
        assert answer.json()["errors"][0]["code"] == "too_many_nodes"
        judged = (await client.post("/api/v1/validate", json=body)).json()
        assert [it["code"] for it in judged["findings"]] == ["too_many_nodes"]
    assert process_time() - began < 10
    await nothing_remains(client, world)
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})
    answer = await client.put("/campaigns/x/flow", json={"nodes": nodes, "connections": links})
    assert answer.status_code == 422
    assert len((await client.get("/campaigns/x")).json()["draft"]["nodes"]) == 1


ENDLESS = "{% for i in (1..100000000) %}{% for j in (1..100000000) %}x{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"subject": "Hi", "body": ENDLESS}, "configuration.body"),
        ({"subject": ENDLESS[:400], "body": "Hi"}, "configuration.subject"),
        ({"subject": "Hi {{", "body": "Hi"}, "configuration.subject"),
        ({"subject": "Hi\r\nBcc: all@example.com", "body": "Hi"}, "configuration.subject"),
        ({"subject": "Hi", "body": "Hi", "from_name": "A\nB"}, "configuration.from_name"),
    ],
)
@over_api
async def test_invalid_email_is_not_launched(
    client: httpx.AsyncClient, world: FakeWorld, settings: dict[str, str], field: str
) -> None:
    """A template without an end, one that does not parse, a line break for a header."""
    document = flow([{"id": "a", "type": "sendEmail", "configuration": settings}])
    began = process_time()
    answer = await client.post(
        "/campaigns", json={**document, "contacts": GOOD_CONTACTS, "launch": True}
    )
    assert process_time() - began < 5
    assert (answer.status_code, answer.json()["code"]) == (422, "flow_invalid")
    (error,) = answer.json()["errors"]
    assert (error["node_id"], error["field"]) == ("a", field)
    await nothing_remains(client, world)


ODD_FLOWS: list[dict[str, object]] = [
    {"nodes": [None, 1, "x", [], {}]},
    {"nodes": [{"id": {}, "type": []}], "start_node": "a"},
    {"nodes": [{"id": ["a"], "type": "condition", "configuration": {}}]},
    {"nodes": [{"id": "a", "type": "sendEmail", "configuration": 7}]},
    {"nodes": [{"id": "a", "type": {"$": 1}}]},
    {"nodes": [{"id": "a", "type": "wait", "configuration": {"waitDuration": {}}}]},
    {"nodes": [{"id": "start", "type": "start"}], "connections": [{"to_node": {}}, 1, None]},
    {"nodes": [{"id": "start", "type": "start"}], "connections": [{"from_node": [], "x": 1}]},
    {"nodes": [{"id": "c", "type": "condition", "configuration": {"conditionType": []}}]},
    {"workflow": {"nodes": {"a": 1}, "connections": 7, "start_node": []}},
    {"nodes": [{"id": "start", "type": "start"}], "zone": "Nowhere/Land"},
]


@pytest.mark.parametrize("document", ODD_FLOWS)
@over_api
async def test_odd_flow_is_judged_not_choked_on(
    client: httpx.AsyncClient, world: FakeWorld, document: dict[str, object]
) -> None:
    """Anything in place of a flow gives findings or names a field, never a defect."""
    body = json.loads(json.dumps(document).replace('"$"', '"s"'))
    judged = await client.post("/api/v1/validate", json=body)
    assert judged.status_code in (200, 422), judged.text
    if judged.status_code == 200:
        assert judged.json()["valid"] is False
    saved = await client.post("/campaigns", json={"name": "X", **body})
    assert saved.status_code in (201, 422), saved.text


@over_api
async def test_switch_where_it_has_no_meaning_is_refused(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """The answer names the node and the reason; `false` is the default and is dropped."""
    document = flow([email("a"), clicked("asked", "a", 60), wait("w", 60)], "a>asked", "asked.no>w")
    nodes = document["nodes"]
    assert isinstance(nodes, list)

    async def judged(**switches: bool) -> list[dict[str, str]]:
        switched = [
            {**it, "disabled": switches[it["id"]]} if it["id"] in switches else it for it in nodes
        ]
        answer = await client.post("/api/v1/validate", json={**document, "nodes": switched})
        assert answer.status_code == 200, answer.text
        found = answer.json()["findings"]
        return [it for it in found if it["code"] != "unconnected_port"]

    assert await judged(w=True, asked=False, start=False) == []
    (refused,) = await judged(asked=True)
    assert (refused["severity"], refused["code"]) == ("error", "always_on")
    assert (refused["node_id"], refused["field"]) == ("asked", "disabled")
    assert "asked can't be switched off" in refused["words"]
    (worth_a_look,) = await judged(a=True)
    assert worth_a_look["severity"] == "warning"
    assert (worth_a_look["node_id"], worth_a_look["code"]) == ("asked", "email_switched_off")


@over_api
async def test_repeated_defect_has_one_traceback(
    client: httpx.AsyncClient, world: FakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever finds a request that fails cannot fill the log with it; each still has its line."""

    async def broken(*_: object, **__: object) -> list[object]:
        raise RuntimeError("again and again")

    world.store.campaigns.page = broken  # type: ignore[method-assign, assignment]
    ids = [(await client.get("/campaigns")).json()["error_id"] for _ in range(5)]
    ours = [it for it in caplog.records if it.name.startswith("functions")]
    assert [it.exc_info is not None for it in ours] == [True, False, False, False, False]
    assert all(name in it.getMessage() for name, it in zip(ids, ours, strict=True))
    assert "RuntimeError at" in ours[1].getMessage()


@in_world
async def test_defect_shows_no_insides(world: FakeWorld) -> None:
    """500 with a number to look up in the log; only the log has the exception's text."""

    async def broken(*_: object, **__: object) -> list[object]:
        raise RuntimeError("password=hunter2")

    async with api_world() as (client, other):
        other.store.campaigns.page = broken  # type: ignore[method-assign, assignment]
        answer = await client.get("/campaigns")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.json()["error_id"] in answer.json()["detail"]
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text
        assert (await client.get("/health/ready")).status_code == 200


@over_api
async def test_store_that_is_down_is_reported(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """503 and when to retry, whether the store went down or was never reachable."""
    world.is_broken = True
    answer = await client.get("/campaigns")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
    assert answer.headers["retry-after"] == "5"
    world.is_broken = False
    assert (await client.get("/campaigns")).status_code == 200
    await world.store.close()
    answer = await client.get("/campaigns")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")


@over_api
async def test_no_such_address(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """404 and 405 are problem documents like all others, with the permitted methods."""
    answer = await client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_address")
    answer = await client.put("/api/v1/campaigns/x/pause")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    for method, path, allowed in (
        ("TRACE", "/campaigns/x", "GET, PATCH, DELETE"),
        ("PUT", "/api/v1/session", "GET, POST, DELETE"),
        ("PROPFIND", "/t/u/x", "GET, HEAD, POST"),
    ):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.headers["content-type"] == "application/problem+json"
    await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})
    huge = "9" * 40
    for path in (
        "/campaigns?limit=0",
        "/campaigns?limit=x",
        "/campaigns?status=odd",
        f"/campaigns/x/leads?after_seq={huge}",
        "/campaigns/x/leads?after_seq=-1",
        "/campaigns/x/leads?node=a.b",
        f"/campaigns/x/live?since={huge}",
        "/campaigns/x/messages?state=odd",
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), path
        assert answer.json()["errors"][0]["field"] in path
