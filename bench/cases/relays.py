"""Cases about mail servers that refuse the sender, rather than a recipient."""

import json
from collections import Counter
from collections.abc import Mapping

from bench.cases.place import Place, email
from bench.cases.sheet import Sheet
from harness.servers.refusing_mailbox import RefusingMailbox
from local.client import Document

PEOPLE = 40
QUOTA = 3
AGAIN_SECONDS_MAX = 90.0
"""The breaker stays open for 30 seconds."""
GREETING = "news.example.org"


class Relays:
    """`server`: the mail server of the place's system."""

    def __init__(self, server: RefusingMailbox) -> None:
        self._server = server

    def unwanted_campaign(self, place: Place, sheet: Sheet) -> None:
        """A server refuses all messages of one campaign: the campaign is paused, not failed."""
        self._server.dislikes = "Offer"
        campaign = place.campaign(email("x", "Offer"), contacts=_people("offer"))
        place.client.launch(campaign)
        seen = place.wait(
            lambda: place.client.campaign(campaign), lambda it: it["status"] == "paused"
        )
        sheet.contains(
            "it is paused in the server's words", seen["pause_reason"] or "", "not wanted here"
        )
        statuses = _statuses(place.leads(campaign))
        sheet.equal("none of its leads has failed", statuses["failed"], 0)
        self._server.dislikes = ""
        other = place.campaign(email("x", "Report"), contacts=_people("report", 3))
        leads = place.ran(other)
        sheet.equal("other campaigns go on", _statuses(leads), {"completed": 3})

    def quota(self, place: Place, sheet: Sheet) -> None:
        """A server takes no more today: leads wait, and go on once it takes mail again."""
        self._server.quota = QUOTA
        campaign = place.campaign(email("x", "Daily"), contacts=_people("daily"))
        place.client.launch(campaign)
        self._stopped(place, sheet, campaign, "daily sending quota")
        sheet.equal("those before went out", _statuses(place.leads(campaign))["completed"], QUOTA)
        self._server.quota = None
        leads = place.wait(
            lambda: place.leads(campaign),
            lambda it: _statuses(it) == {"completed": PEOPLE},
            AGAIN_SECONDS_MAX,
        )
        copies = Counter(it.recipient for it in self._server.accepted if it.subject == "Daily")
        sheet.equal("all go on once it takes mail again", _statuses(leads)["completed"], PEOPLE)
        sheet.equal("each is sent exactly once", copies, Counter(leads.keys()))

    def greeting(self, place: Place, sheet: Sheet) -> None:
        """A server refuses the name in our greeting: leads wait, and the name can be set."""
        self._server.wanted_greeting = GREETING
        campaign = place.campaign(email("x"), contacts=_people("greeted"))
        place.client.launch(campaign)
        self._stopped(place, sheet, campaign, "HELO refused")
        check = self._doctor(place)
        sheet.equal("the doctor finds that it is refused", check["state"], "fail")
        sheet.contains("and quotes the server", check["message"], "HELO refused")
        for name, more in (
            ("the host of PUBLIC_URL", {"PUBLIC_URL": f"https://{GREETING}"}),
            ("HELO_NAME", {"HELO_NAME": GREETING}),
        ):
            check = self._doctor(place, **more)
            sheet.equal(f"the doctor finds {name} accepted", check["state"], "ok")
        self._server.wanted_greeting = ""

    def _stopped(self, place: Place, sheet: Sheet, campaign: str, said: str) -> None:
        """The breaker is open, and people can see why."""
        seen = place.wait(lambda: place.call("GET", "/overview"), lambda it: _is_open(it))
        sheet.contains("Home says why, in the server's words", seen["breaker"]["last_reason"], said)
        leads = place.wait(
            lambda: place.leads(campaign),
            lambda it: _statuses(it)["running"] + _statuses(it)["pending"] == 0,
        )
        sheet.equal("none of the leads has failed", _statuses(leads)["failed"], 0)
        waits = next(it for it in leads.values() if it["status"] == "paused")
        sheet.equal("the others wait", waits["reason"], "deferred")
        lead = place.client.lead(campaign, waits["lead_id"])
        sheet.contains("the lead tells why", json.dumps(lead["timeline"]), said)
        sheet.equal("the campaign still runs", place.client.campaign(campaign)["status"], "running")

    def _doctor(self, place: Place, **more: str) -> Document:
        """What `emailbuilder doctor` says about us as a sender, as a team would run it."""
        team = {
            "STORE_URI": f"sqlite:///{place.folder / 'team.db'}",
            "BROKER_URL": "amqp://127.0.0.1:1",
            "REDIS_URL": "redis://127.0.0.1:1",
            "SMTP_URI": self._server.uri,
            "SENDER": "Shop <shop@example.org>",
            "PUBLIC_URL": "http://localhost:8000",
            "TRACKING_KEYS": "k1:only-for-this-case-only-for-this-case",
        }
        done = place.command("doctor", "--json", **{**team, **more})
        checks = json.loads(done.stdout)["checks"]
        return dict(next(it for it in checks if it["name"] == "sender"))


def _people(name: str, number: int = PEOPLE) -> list[dict[str, object]]:
    return [{"email": f"{name}{n}@example.net"} for n in range(number)]


def _statuses(leads: Mapping[str, Document]) -> Counter[str]:
    return Counter(str(it["status"]) for it in leads.values())


def _is_open(overview: Document) -> bool:
    return bool(overview["breaker"]) and overview["breaker"]["state"] == "open"
