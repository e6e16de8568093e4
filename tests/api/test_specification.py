"""The specification's campaign in its own, older spelling, driven to its end over HTTP."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import httpx

from functions.mail.envelope import Envelope
from harness.fakes.scenes import over_api
from harness.fakes.world import PUBLIC_URL, FakeWorld

CAMPAIGN = {
    "campaign_id": "spring_sale",
    "name": "Spring sale",
    "workflow": {"start_node": "welcome"},
    "nodes": [
        {
            "id": "welcome",
            "type": "sendEmail",
            "position": {"x": 120, "y": 80},
            "configuration": {
                "subject": "Hi {{contact.first_name}}",
                "body": '<p>Spring is here. <a href="https://shop.example.com/spring?a=1&amp;b=2">'
                "See the sale</a></p>",
            },
        },
        {
            "id": "pause",
            "type": "wait",
            "configuration": {"waitDuration": 3, "waitUnit": "days"},
        },
        {
            "id": "interested",
            "type": "condition",
            "configuration": {
                "conditionType": "click",
                "waitDuration": 5,
                "waitUnit": "days",
            },
        },
        {
            "id": "offer",
            "type": "sendEmail",
            "configuration": {"subject": "Your offer", "body": "<p>20 % for you.</p>"},
        },
        {
            "id": "reminder",
            "type": "sendEmail",
            "configuration": {"subject": "Last call", "body": "<p>It ends soon.</p>"},
        },
        {"id": "done", "type": "end", "configuration": {"reason": "finished"}},
    ],
    "connections": [
        {"from_node": "welcome", "to_node": "pause", "animated": True},
        {"from_node": "pause", "to_node": "interested"},
        {"from_node": "interested", "to_node": "offer", "connection_type": "yes"},
        {"from_node": "interested", "to_node": "reminder", "connection_type": "no"},
        {"from_node": "offer", "to_node": "done"},
        {"from_node": "reminder", "to_node": "done"},
    ],
    "contact_file": {
        "filename": "contacts.csv",
        "content": "email,first_name\nann@example.com,Ann\nbob@example.com,Bob\nno address,Cy\n",
    },
    "launch": True,
}

DAY_SECONDS = 86_400


def html_of(envelope: Envelope) -> str:
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def path_in(html: str, prefix: str) -> str:
    found = re.search(rf'"{re.escape(PUBLIC_URL)}({prefix}[^"]+)"', html)
    assert found is not None
    return found[1]


@over_api
async def test_specification_campaign_runs_to_its_end(
    client: httpx.AsyncClient, world: FakeWorld
) -> None:
    """One reader clicks and gets the offer, the other does not and gets the reminder."""
    created = await client.post("/campaigns", json=CAMPAIGN)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == "/api/v1/campaigns/spring_sale"
    assert created.json()["draft"]["layout"] == {
        "nodes": {"welcome": {"position": {"x": 120, "y": 80}}},
        "connections": {"welcome/next": {"animated": True}},
    }
    await world.settle()
    assert [it.subject for it in world.transport.sent] == ["Hi Ann", "Hi Bob"]

    report = (await client.get(f"/api/v1/jobs/{created.json()['import_job']['job_id']}")).json()
    assert report["state"] == "done"
    wanted = {
        "accepted": 2,
        "duplicate": 0,
        "rejected": 1,
        "problems": [
            {
                "line": 4,
                "code": "address_invalid",
                "message": "The address has no @.",
                "words": "The address has no @.",
            }
        ],
    }
    assert {key: report["report"][key] for key in wanted} == wanted

    world.clock.advance(2 * 3600)
    (to_ann,) = world.transport.to("ann@example.com")
    clicked = await client.get(path_in(html_of(to_ann), "/t/c/"))
    assert clicked.status_code == 302
    assert clicked.headers["location"] == "https://shop.example.com/spring?a=1&b=2"

    await world.pass_time(3 * DAY_SECONDS, step_seconds=2 * 3600)
    assert [it.subject for it in world.transport.to("ann@example.com")] == ["Hi Ann", "Your offer"]
    assert [it.subject for it in world.transport.to("bob@example.com")] == ["Hi Bob"]
    await world.pass_time(3 * DAY_SECONDS, step_seconds=DAY_SECONDS / 4)
    assert [it.subject for it in world.transport.to("bob@example.com")] == ["Hi Bob", "Last call"]

    campaign = (await client.get("/campaigns/spring_sale")).json()
    assert campaign["status"] == "completed"
    assert campaign["counts"]["leads"] == {"completed": 2}
    assert campaign["counts"]["nodes"]["interested"]["took"] == {"yes": 1, "no": 1}
    assert campaign["counts"]["nodes"]["welcome"]["clicked"] == 1

    leads = (await client.get("/campaigns/spring_sale/leads", params={"email": "ann"})).json()
    (ann,) = leads["leads"]
    assert ann["execution_path"] == ["start", "welcome", "pause", "interested", "offer", "done"]
    story = (await client.get(f"/campaigns/spring_sale/leads/{ann['lead_id']}")).json()
    assert [item["words"] for item in story["timeline"]] == [
        "Entered the campaign",
        "Sent *Hi Ann*",
        "Clicked https://shop.example.com/spring?a=1&b=2 in *Hi Ann* 2 h after sending",
        "Waited 3 days (until Thu 4 Mar, 09:00 UTC)",
        "Clicked a link in *Hi Ann* 2 h after sending: took yes",
        "Sent *Your offer*",
        "Finished",
    ]
    assert story["next"] is None
