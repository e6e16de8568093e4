"""A running system, as the cases use it: over its HTTP API, its inbox and its command line."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import httpx

from harness.patience import until
from local.client import Client, Document
from local.system import System

SECONDS_MAX = 30.0
COMMAND_SECONDS_MAX = 60.0
MESSAGES_MAX = 200
LEADS_MAX = 100

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Received:
    """A message in the inbox. `text`: its text part, without the lines that are empty."""

    subject: str
    text: str
    html: str
    links: Sequence[str]
    headers: Mapping[str, str]


class Place:
    """`folder`: for the files of the cases, and the system's home."""

    def __init__(self, system: System, folder: Path) -> None:
        self.client = Client(system.url, token=system.token)
        self._system = system
        self.folder = folder
        self._http = httpx.Client(
            base_url=system.url, headers={"Authorization": f"Bearer {system.token}"}, timeout=30
        )

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: object = None) -> Document:
        """The answer, whatever its status, which is added as `status_code`."""
        answer = self._http.request(method, f"/api/v1{path}", json=body)
        document: Document = answer.json()
        return {**document, "status_code": answer.status_code}

    def campaign(
        self, *steps: Mapping[str, Any], contacts: Sequence[Mapping[str, object]] = (), **more: Any
    ) -> str:
        """The id of a new campaign whose steps follow each other."""
        nodes = [{"id": "start", "type": "start"}, *steps, {"id": "end", "type": "end"}]
        ids = [it["id"] for it in nodes]
        connections = [{"from_node": one, "to_node": next_} for one, next_ in pairwise(ids)]
        document = {"name": "Case", "nodes": nodes, "connections": connections, **more}
        if contacts:
            document["contacts"] = list(contacts)
        created = self.client.create(document)
        if contacts:
            self.client.finished(created["import_job"]["job_id"])
        return str(created["campaign_id"])

    def imported(
        self,
        campaign_id: str,
        file: str,
        encoding: str = "utf-8",
        policy: Mapping[str, object] | None = None,
    ) -> Document:
        """The report of importing `file`, the text of a CSV file. Raises ApiError if the file
        needs an answer that `policy` does not have."""
        path = self.file("contacts.csv", file, encoding)
        job = self.client.finished(self.client.upload_contacts(campaign_id, path, policy)["job_id"])
        report: Document = job["report"]
        return report

    def contacts(self, campaign_id: str) -> dict[str, dict[str, object]]:
        """Attributes by address."""
        page = self.client.contacts(campaign_id, limit=LEADS_MAX)
        return {it["email"]: it["attributes"] for it in page["contacts"]}

    def file(self, name: str, content: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_text(content, encoding=encoding)
        return path

    def findings(self, campaign_id: str) -> str:
        """One a line."""
        return "\n".join(
            f"{it['code']} in {it['field']}, line {it['line']}: {it['message']}"
            for it in self.client.findings(campaign_id)
        )

    def preview(self, body: str, attributes: Mapping[str, object]) -> Document:
        """Of an e-mail with this body."""
        campaign_id = self.campaign(email(body))
        chosen = {"node_id": "mail", "attributes": dict(attributes)}
        return self.call("POST", f"/campaigns/{campaign_id}/preview", chosen)

    def ran(self, campaign_id: str) -> dict[str, Document]:
        """Launches, waits until all leads rest, and returns them by address."""
        self.client.launch(campaign_id)
        return self.wait(lambda: self.leads(campaign_id), _rest)

    def leads(self, campaign_id: str) -> dict[str, Document]:
        page = self.client.leads(campaign_id, limit=LEADS_MAX)
        return {it["email"]: it for it in page["leads"]}

    def wait(
        self,
        look: Callable[[], Seen],
        is_there: Callable[[Seen], bool],
        seconds: float = SECONDS_MAX,
    ) -> Seen:
        """What `look` found first that satisfies `is_there`. Raises AssertionError."""
        seen: list[Seen] = []

        def came() -> bool:
            seen[:] = [look()]
            return is_there(seen[0])

        until(came, seconds, lambda: f"still {seen}")
        return seen[0]

    def mail(self, address: str) -> list[Received]:
        """What this address received, oldest first."""
        wanted = {"recipient": address, "limit": str(MESSAGES_MAX)}
        heads = self._http.get("/inbox/api/messages", params=wanted).json()["messages"]
        return [self._received(it["id"]) for it in reversed(heads)]

    def only_mail(self, address: str) -> Received:
        """Raises AssertionError unless there is exactly one message."""
        messages = self.mail(address)
        assert len(messages) == 1, f"{address} has {len(messages)} messages"
        return messages[0]

    def _received(self, message_id: int) -> Received:
        read = self._http.get(f"/inbox/api/messages/{message_id}").json()
        return Received(
            subject=read["subject"],
            text=filled_lines(read["text"]),
            html=read["html"],
            links=[it["url"] for it in read["links"]],
            headers={it["name"].lower(): it["value"] for it in read["headers"]},
        )

    def leads_to(self, link: str) -> str:
        """Where a link of a message takes its reader, after the tracking of this system."""
        answer = self._http.get(link) if link.startswith(self._system.url) else None
        return link if answer is None else answer.headers.get("location", str(answer))

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs `emailbuilder` for this system."""
        known = {"EMAILBUILDER_TOKEN": self._system.token, "EMAILBUILDER_URL": self._system.url}
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *arguments],
            env={**known, **environment},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )


def email(body: str, subject: str = "News", **more: str) -> dict[str, Any]:
    """A transactional e-mail, so that its text is the body alone."""
    written = {"subject": subject, "body": body, "purpose": "transactional", **more}
    return {"id": "mail", "type": "sendEmail", "configuration": written}


def filled_lines(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip())


def _rest(leads: Mapping[str, Document]) -> bool:
    return bool(leads) and all(
        it["status"] in ("completed", "failed") or it["reason"] == "wait" for it in leads.values()
    )
