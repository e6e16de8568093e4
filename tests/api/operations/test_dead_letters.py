"""Dead letters over HTTP."""

from datetime import timedelta

import httpx
import pytest

from functions.service.operations.records import TEXT_BYTES_MAX, DeadLetter, JobNames
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import over_api
from harness.fakes.world import FakeWorld

ADDRESS = "/api/v1/dead-letters"


def lay(world: FakeWorld, count: int) -> None:
    """Puts rejected send jobs, a second apart, the newest first."""
    for number in reversed(range(count)):
        dead_letter = DeadLetter(
            dead_letter_id=f"d{number}",
            source="send_email",
            reason="rejected",
            at=BEGINNING + timedelta(seconds=number),
            size_bytes=2,
            kind="send",
            names=JobNames(f"lead-{number}", "c", "email-1"),
        )
        world.dead_letters.lying.append((dead_letter, b"{}"))


def lay_garbage(world: FakeWorld, body: bytes) -> None:
    dead_letter = DeadLetter(
        dead_letter_id="garbage", source=None, reason=None, at=None, size_bytes=len(body)
    )
    world.dead_letters.lying.append((dead_letter, body))


@over_api
async def test_dead_letters_are_listed_oldest_first(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """In pages; unknown values are null."""
    lay(world, 5)
    lay_garbage(world, b"?")
    seen: list[dict[str, object]] = []
    query = {"limit": "2"}
    for _ in range(3):
        page = (await client.get(ADDRESS, params=query)).json()
        assert (page["total"], page["unseen"], len(page["dead_letters"])) == (6, 0, 2)
        seen += page["dead_letters"]
        query["cursor"] = page["next_cursor"]
    assert page["next_cursor"] is None
    assert [it["dead_letter_id"] for it in seen] == ["garbage", "d0", "d1", "d2", "d3", "d4"]
    assert seen[0] == {
        **dict.fromkeys(seen[0]),
        "dead_letter_id": "garbage",
        "letter_id": "garbage",
        "size_bytes": 1,
        "copies": 1,
    }
    assert seen[1] == {
        "dead_letter_id": "d0",
        "letter_id": "d0",
        "source": "send_email",
        "reason": "rejected",
        "at": "2027-03-01T09:00:00Z",
        "kind": "send",
        "lead_id": "lead-0",
        "campaign_id": "c",
        "node_id": "email-1",
        "job_id": None,
        "size_bytes": 2,
        "deliveries": None,
        "copies": 1,
    }


@over_api
async def test_a_dead_letter_is_read_as_far_as_is_good_for_anybody(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """Any bytes can be shown; the response says whether there is more."""
    lay_garbage(world, b"\x1b[31m\xff" + "é\u2028".encode() + b"x" * TEXT_BYTES_MAX)
    read = (await client.get(f"{ADDRESS}/garbage")).json()
    assert read["text"].startswith(r"\x1b[31m\xffé\u2028xxx")
    assert read["is_cut"] is True
    assert read["dead_letter_id"] == "garbage"
    refused = await client.get(f"{ADDRESS}/nobody")
    assert (refused.status_code, refused.json()["detail"]) == (
        404,
        "There is no dead letter nobody.",
    )


@over_api
async def test_dead_letters_are_requeued(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """By id, then all; letters that cannot be requeued are named, and stay."""
    lay(world, 3)
    lay_garbage(world, b"?")
    answer = await client.post(f"{ADDRESS}/requeue", json={"ids": ["d1", "nobody"]})
    assert answer.status_code == 200
    assert answer.json() == {"requeued": 1, "left": 3, "missing": ["nobody"], "stuck": []}
    answer = await client.post(f"{ADDRESS}/requeue", json={"all": True})
    assert answer.json() == {"requeued": 2, "left": 1, "missing": [], "stuck": ["garbage"]}
    assert world.dead_letters.back == [("send_email", b"{}")] * 3


@over_api
async def test_dead_letters_are_dropped(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """By id, then all; nothing goes back."""
    lay(world, 3)
    lay_garbage(world, b"?")
    answer = await client.post(f"{ADDRESS}/drop", json={"ids": ["d1", "nobody"]})
    assert answer.json() == {"dropped": 1, "left": 3, "missing": ["nobody"]}
    answer = await client.post(f"{ADDRESS}/drop", json={"all": True})
    assert answer.json() == {"dropped": 3, "left": 0, "missing": []}
    assert world.dead_letters.back == []


@pytest.mark.parametrize("verb", ["requeue", "drop"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": ["x"], "all": True}, "all"),
        ({"all": False}, "all"),
        ({"ids": [7]}, "ids[0]"),
        ({"ids": [""]}, "ids[0]"),
        ({"ids": ["x" * 101]}, "ids[0]"),
        ({"ids": ["x"] * 101}, "ids"),
        ({"everything": True}, "everything"),
    ],
)
@over_api
async def test_an_invalid_choice_changes_nothing(
    client: httpx.AsyncClient, world: FakeWorld, verb: str, body: dict[str, object], field: str
) -> None:
    """The answer names the field: `all` must be explicit."""
    lay(world, 1)
    refused = await client.post(f"{ADDRESS}/{verb}", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field
    assert len(world.dead_letters.lying) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": "101"}, "limit"), ({"limit": "0"}, "limit"), ({"cursor": "x"}, "cursor")],
)
@over_api
async def test_an_impossible_page_is_refused(
    client: httpx.AsyncClient, world: FakeWorld, query: dict[str, str], field: str
) -> None:
    """With the field that is wrong."""
    refused = await client.get(ADDRESS, params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


@over_api
async def test_a_broker_that_is_down_gives_503(client: httpx.AsyncClient, world: FakeWorld) -> None:
    """With a message and when to retry; details stay in the log."""
    world.dead_letters.is_away = True
    for answer in (
        await client.get(ADDRESS),
        await client.get(f"{ADDRESS}/x"),
        await client.post(f"{ADDRESS}/requeue", json={"all": True}),
        await client.post(f"{ADDRESS}/drop", json={"ids": ["x"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "broker_away")
        assert int(answer.headers["retry-after"]) > 0
        assert "no broker" not in answer.text
