"""A user of the interface: signs in, launches, and reads the mail.

It uses only HTTP, through the origin that people use. The browser tests cover what runs in the
pages.
"""

import ssl
import time
from collections import Counter
from typing import Any

import httpx

from tests.compose.engine.failures import StoryError

OWN_HEADER = {"X-EmailBuilder": "1"}
TRY_SECONDS_MAX = 60
Received = Counter[tuple[str, str]]
"""How often each recipient got each subject."""


class Browser:
    def __init__(self, origin: str, verify: ssl.SSLContext | bool = True) -> None:
        self._client = httpx.Client(base_url=origin, headers=OWN_HEADER, timeout=20, verify=verify)

    def close(self) -> None:
        self._client.close()

    def use_token(self, token: str) -> None:
        """Instead of signing in, as a script would."""
        self._client.headers["authorization"] = f"Bearer {token}"

    def get(self, path: str) -> httpx.Response:
        return self._asked("GET", path)

    def sign_in(self, token: str) -> httpx.Response:
        """Signs in and returns the response with its cookie. First checks that nothing is shown
        without a session.
        """
        page = self.get("/app/sign-in")
        expect(page.status_code == 200 and "Sign in" in page.text, "the page to sign in is shown")
        refused = self.get("/api/v1/campaigns")
        expect(refused.status_code == 401, "nobody sees campaigns without signing in")
        answer = self._asked("POST", "/api/v1/session", {"token": token})
        expect(answer.status_code == 204, f"the token of .env signs in ({answer.text})")
        expect(self.get("/api/v1/campaigns").status_code == 200, "signed in, campaigns are shown")
        return answer

    def launch(self, name: str, people: int) -> str:
        """Launches a campaign of two mails with a wait between them; returns its id."""
        answer = self._asked("POST", "/api/v1/campaigns", two_mails(name, people))
        expect(answer.status_code in (201, 202), f"the campaign is launched ({answer.text})")
        return str(answer.json()["campaign_id"])

    def is_completed(self, campaign_id: str) -> bool:
        answer = self.get(f"/api/v1/campaigns/{campaign_id}")
        return answer.status_code == 200 and answer.json()["status"] == "completed"

    def received(self, path: str = "/inbox/api/messages") -> Received:
        """Everything in the inbox."""
        came: Received = Counter()
        cursor = ""
        while True:
            page = self.get(f"{path}?limit=200{cursor}").raise_for_status().json()
            came.update((it["rcpt_to"][0], it["subject"]) for it in page["messages"])
            if page["next_cursor"] is None:
                return came
            cursor = f"&cursor={page['next_cursor']}"

    def resolve_unknown(self, campaign_id: str, name: str) -> None:
        """Decide like a person who looks into the inbox first."""
        place = f"/api/v1/campaigns/{campaign_id}/messages"
        waiting = self.get(f"{place}?state=unknown&limit=100").raise_for_status().json()["messages"]
        came = self.received() if waiting else Counter()
        for it in waiting:
            is_there = (it["recipient"], f"{it['node_id']} of {name}") in came
            choice = {"resolution": "treat_as_sent" if is_there else "send_again"}
            answer = self._asked("POST", f"{place}/{it['key']}/resolve", choice)
            # It may have become sent meanwhile.
            expect(answer.status_code in (200, 409), f"a decision is taken ({answer.text})")

    def _asked(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Retries while nothing answers, because a killed backend comes back."""
        deadline = time.monotonic() + TRY_SECONDS_MAX
        while True:
            try:
                answer = self._client.request(method, path, json=body)
            except httpx.TransportError as problem:
                message = str(problem)
            else:
                if answer.status_code < 500 or method == "POST":
                    return answer
                message = answer.text
            if time.monotonic() > deadline:
                raise StoryError(f"{method} {path} is not answered: {message}")
            time.sleep(0.5)


def expect(holds: object, what: str) -> None:
    """Raises StoryError."""
    if not holds:
        raise StoryError(f"not so: {what}")


def reader(number: int) -> str:
    return f"reader{number}@example.com"


def expected(name: str, people: int) -> Received:
    """Each mail once."""
    return Counter(
        (reader(it), f"{node} of {name}") for it in range(people) for node in ("one", "two")
    )


def two_mails(name: str, people: int) -> dict[str, Any]:
    def mail(node_id: str) -> dict[str, Any]:
        text = {
            "subject": f"{node_id} of {name}",
            "body": '<p><a href="https://e.example">E</a></p>',
        }
        return {"id": node_id, "type": "sendEmail", "configuration": text}

    pause = {"mode": "duration", "amount": 3, "unit": "seconds"}
    return {
        "name": name,
        "nodes": [
            {"id": "start", "type": "start"},
            mail("one"),
            {"id": "pause", "type": "wait", "configuration": pause},
            mail("two"),
        ],
        "connections": [
            {"from_node": "start", "to_node": "one"},
            {"from_node": "one", "to_node": "pause"},
            {"from_node": "pause", "to_node": "two"},
        ],
        "contacts": [{"email": reader(number)} for number in range(people)],
        "launch": True,
    }
