"""The HTTP API as the command line and the demo use it.

Invariant: whatever the API answers, the caller gets its document or an `ApiError` with a readable
message; large files are streamed, never held in memory.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

# httpx works without its own command line, and the packages of that take longer to load than
# everything else.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx  # noqa: E402 (after the line above)

from functions.service.audience.file_kind import is_workbook  # noqa: E402
from local.api_error import ApiError  # noqa: E402

REQUEST_SECONDS = 60.0
JOB_POLL_SECONDS = 0.2
PREVIEW_BYTES_MAX = 1024 * 1024
HEAD_BYTES = 8
SOURCE_CHARS_MAX = 300
"""The API accepts no longer name of a list of suppressions."""

FLOW_KEYS = frozenset({"nodes", "connections", "zone", "layout", "workflow", "start_node"})

Document = dict[str, Any]


class Client:
    """Synchronous; one connection pool. `url`: the gateway's, without a path.

    `token`: the API token; None sends none.
    """

    def __init__(
        self, url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=REQUEST_SECONDS,
            transport=transport,
        )

    def create(self, document: Mapping[str, Any]) -> Document:
        return self._call("POST", "/campaigns", json=document)

    def campaigns(self, status: str | None = None) -> Iterator[Document]:
        cursor: str | None = None
        while True:
            wanted = {"cursor": cursor, "status": status}
            page = self._call("GET", "/campaigns", params=_given(wanted))
            yield from page["campaigns"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def campaign(self, campaign_id: str) -> Document:
        return self._call("GET", f"/campaigns/{campaign_id}")

    def results(self, campaign_id: str) -> Document:
        return self._call("GET", f"/campaigns/{campaign_id}/results")

    def results_csv(self, campaign_id: str) -> str:
        answer = self._send("GET", f"/campaigns/{campaign_id}/results.csv")
        if answer.is_success:
            return answer.text
        raise _refused(answer)

    def validate(self, flow: Mapping[str, Any]) -> Document:
        """`flow` may be a whole campaign: fields that are not part of the flow are not sent."""
        part = {key: value for key, value in flow.items() if key in FLOW_KEYS}
        return self._call("POST", "/validate", json=part)

    def upload_contacts(
        self, campaign_id: str, path: Path, policy: Mapping[str, Any] | None = None
    ) -> Document:
        """Returns the import job, which runs from here on. `policy`: the API's parameters that say
        how the file is to be read."""
        return self._upload(f"/campaigns/{campaign_id}/contacts", path, params=policy)

    def preview_contacts(self, campaign_id: str, path: Path, policy: Mapping[str, Any]) -> Document:
        """What an import would make of the beginning of the file. A workbook is sent as a whole."""
        with path.open("rb") as file:
            beginning = file.read(PREVIEW_BYTES_MAX)
            if is_workbook(beginning):
                beginning += file.read()
            is_part = bool(file.read(1))
        return self._call(
            "POST",
            f"/campaigns/{campaign_id}/contacts/preview",
            content=beginning,
            headers={"Content-Type": _type_of(beginning)},
            params={**policy, "part": is_part},
        )

    def job(self, job_id: str) -> Document:
        return self._call("GET", f"/jobs/{job_id}")

    def jobs(self, job_id: str) -> Iterator[Document]:
        """Yields the job again and again until it has ended."""
        while True:
            job = self.job(job_id)
            yield job
            if job["state"] != "waiting":
                return
            time.sleep(JOB_POLL_SECONDS)

    def finished(self, job_id: str) -> Document:
        *_, last = self.jobs(job_id)
        return last

    def findings(self, campaign_id: str) -> list[Document]:
        """What to know before a launch of the campaign's draft."""
        report = self._call("POST", f"/campaigns/{campaign_id}/validate")
        found: list[Document] = report["findings"]
        return found

    def launch(
        self,
        campaign_id: str,
        accepts: Sequence[str] | None = None,
        timing: Mapping[str, str] | None = None,
    ) -> Document:
        """`accepts`: the codes of the warnings that are accepted; None accepts all. `timing`: `at`,
        `ends` and `ends_at`, those that are given."""
        body = {**(timing or {}), **({} if accepts is None else {"accepts": list(accepts)})}
        return self._call("POST", f"/campaigns/{campaign_id}/launch", json=body)

    def change(self, campaign_id: str, verb: str) -> Document:
        """`verb`: unschedule, pause, resume, end, cancel, archive, publish."""
        return self._call("POST", f"/campaigns/{campaign_id}/{verb}")

    def publish(self, campaign_id: str, move: Mapping[str, Any]) -> Document:
        """`move`: what happens to the leads on their way."""
        return self._call("POST", f"/campaigns/{campaign_id}/publish", json={"move": move})

    def move_impact(self, campaign_id: str, of: str) -> Document:
        """`of`: draft, published."""
        return self._call("GET", f"/campaigns/{campaign_id}/move-impact", params={"of": of})

    def move_leads(self, campaign_id: str, move: Mapping[str, Any]) -> Document:
        return self._call("POST", f"/campaigns/{campaign_id}/move-leads", json=move)

    def send_test(self, campaign_id: str, node_id: str, to: str | None) -> Document:
        """`to`: None: the first test address of the workspace."""
        body = {"node_id": node_id, **({"to": to} if to else {})}
        return self._call("POST", f"/campaigns/{campaign_id}/test-send", json=body)

    def leads(
        self, campaign_id: str, *, limit: int, after_seq: int = 0, **filters: str | None
    ) -> Document:
        wanted = {"limit": str(limit), "after_seq": str(after_seq), **filters}
        return self._call("GET", f"/campaigns/{campaign_id}/leads", params=_given(wanted))

    def contacts(
        self, campaign_id: str, *, limit: int, after_seq: int = 0, email: str = ""
    ) -> Document:
        """`email`: instead of a page, the first whose address begins with this."""
        start = {"email": email} if email else {"after_seq": str(after_seq)}
        wanted = {"limit": str(limit), **start}
        return self._call("GET", f"/campaigns/{campaign_id}/contacts", params=wanted)

    def contact(self, campaign_id: str, seq: int) -> Document:
        return self._call("GET", f"/campaigns/{campaign_id}/contacts/{seq}")

    def change_contact(self, campaign_id: str, seq: int, body: Mapping[str, Any]) -> Document:
        return self._call("PATCH", f"/campaigns/{campaign_id}/contacts/{seq}", json=body)

    def delete_contact(
        self, campaign_id: str, seq: int, revision: int, accepts: Sequence[str]
    ) -> None:
        wanted = {"revision": str(revision), "accepts": list(accepts)}
        self._call("DELETE", f"/campaigns/{campaign_id}/contacts/{seq}", params=wanted)

    def lead(self, campaign_id: str, lead_id: str) -> Document:
        return self._call("GET", f"/campaigns/{campaign_id}/leads/{lead_id}")

    def intervene(
        self, campaign_id: str, lead_id: str, verb: str, body: Mapping[str, Any]
    ) -> Document:
        """`verb`: skip-wait, move, retry, remove."""
        return self._call("POST", f"/campaigns/{campaign_id}/leads/{lead_id}/{verb}", json=body)

    def failed_leads(self, campaign_id: str, node: str | None = None) -> Iterator[Document]:
        """The counts of failed leads, in parts: add up the groups of all of them."""
        after_seq: int | None = 0
        while after_seq is not None:
            wanted = {"node": node, "after_seq": str(after_seq)}
            part = self._call(
                "GET", f"/campaigns/{campaign_id}/failed-leads", params=_given(wanted)
            )
            yield part
            after_seq = part["next_after_seq"]

    def retry_failed(
        self, campaign_id: str, groups: Sequence[Mapping[str, Any]], reason: str
    ) -> Document:
        """Returns the job. No groups: all failed leads."""
        body = {"groups": list(groups), "reason": reason}
        return self._call("POST", f"/campaigns/{campaign_id}/failed-leads/retry", json=body)

    def restoration(self) -> Document:
        return self._call("GET", "/restoration")

    def held_leads(self, *, limit: int, cursor: str | None = None) -> Document:
        params = _given({"limit": str(limit), "cursor": cursor})
        return self._call("GET", "/restoration/leads", params=params)

    def choose_for_leads(self, lead_ids: Sequence[str], choice: str | None) -> None:
        """`choice`: `skip` or `send`; None: they follow the choice for all."""
        body = {"lead_ids": list(lead_ids), "choice": choice}
        self._call("POST", "/restoration/choices", json=body)

    def release(self, choice: str) -> Document:
        return self._call("POST", "/restoration/release", json={"choice": choice})

    def dead_letters(self, *, limit: int, cursor: str | None = None) -> Document:
        wanted = {"limit": str(limit), "cursor": cursor}
        return self._call("GET", "/dead-letters", params=_given(wanted))

    def dead_letter(self, dead_letter_id: str) -> Document:
        return self._call("GET", f"/dead-letters/{quote(dead_letter_id, safe='')}")

    def clear_dead_letters(self, verb: str, dead_letter_ids: Sequence[str] | None) -> Document:
        """`verb`: requeue, drop. No ids (None): all dead letters, up to the limit of one call."""
        chosen = {"all": True} if dead_letter_ids is None else {"ids": list(dead_letter_ids)}
        return self._call("POST", f"/dead-letters/{verb}", json=chosen)

    def create_dkim_key(self, domain: str, algorithm: str) -> Document:
        return self._call("POST", "/dkim-keys", json={"domain": domain, "algorithm": algorithm})

    def dkim_keys(self) -> Document:
        return self._call("GET", "/dkim-keys")

    def dkim_domain(self, domain: str) -> Document:
        return self._call("GET", f"/dkim-keys/{quote(domain, safe='')}")

    def use_dkim_key(self, domain: str, selector: str) -> Document:
        return self._call("POST", f"{_key_path(domain, selector)}/use")

    def remove_dkim_key(self, domain: str, selector: str) -> None:
        self._call("DELETE", _key_path(domain, selector))

    def reseal_dkim_keys(self) -> Document:
        return self._call("POST", "/dkim-keys/reseal")

    def suppressions(self, *, search: str, after: str, limit: int) -> Document:
        wanted = {"search": search, "after": after, "limit": str(limit)}
        return self._call("GET", "/suppressions", params=wanted)

    def suppression_removals(self, *, limit: int) -> Document:
        return self._call("GET", "/suppressions/removals", params={"limit": str(limit)})

    def suppress(self, email: str, source: str) -> Document:
        return self._call("POST", "/suppressions", json={"email": email, "source": source})

    def import_suppressions(self, path: Path, sheet: str | None = None) -> Document:
        """Returns the report; the addresses are suppressed by then, however long it takes.
        `sheet`: of a workbook."""
        wanted = {"source": path.name[:SOURCE_CHARS_MAX]}
        if sheet is not None:
            wanted["sheet"] = sheet
        return self._upload("/suppressions/import", path, params=wanted, timeout=None)

    def export_suppressions(self) -> Iterator[bytes]:
        """The CSV file, in chunks."""
        with self._http.stream("GET", "/suppressions/export.csv") as answer:
            if not answer.is_success:
                answer.read()
                raise _refused(answer)
            yield from answer.iter_bytes()

    def remove_suppression(self, email: str, reason: str) -> Document:
        return self._call("POST", "/suppressions/remove", json={"email": email, "reason": reason})

    def sessions(self) -> list[Document]:
        found: list[Document] = self._call("GET", "/sessions")["sessions"]
        return found

    def revoke_session(self, session_id: str) -> None:
        self._call("DELETE", f"/sessions/{quote(session_id, safe='')}")

    def revoke_sessions(self) -> Document:
        """All of them."""
        return self._call("POST", "/sessions/revoke-others")

    def ready(self) -> Document:
        """The readiness report, also if it says that something is down."""
        answer = self._send("GET", f"{self.url}/health/ready")
        document: Document = answer.json()
        return document

    def _upload(self, route: str, path: Path, **request: Any) -> Document:
        with path.open("rb") as file:
            kind = _type_of(file.read(HEAD_BYTES))
            file.seek(0)
            return self._call(
                "POST",
                route,
                content=iter(lambda: file.read(256 * 1024), b""),
                headers={"Content-Type": kind},
                **request,
            )

    def _call(self, method: str, path: str, **request: Any) -> Document:
        answer = self._send(method, path, **request)
        if answer.is_success:
            document: Document = answer.json() if answer.content else {}
            return document
        raise _refused(answer)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **request)
        except httpx.ConnectError:
            raise ApiError(
                f"Nothing answers at {self.url}: start it with `emailbuilder up`, or name "
                "another address with --url."
            ) from None
        except httpx.HTTPError as failure:
            raise ApiError(f"{self.url} did not answer properly: {failure}") from None


def _type_of(head: bytes) -> str:
    """A gateway may take what is said to be text for text."""
    return "application/octet-stream" if is_workbook(head) else "text/csv"


def _key_path(domain: str, selector: str) -> str:
    return f"/dkim-keys/{quote(domain, safe='')}/{quote(selector, safe='')}"


def node_count(campaign: Mapping[str, Any], node_id: str, what: str) -> int:
    """`what`: sent, opened, clicked, waiting … of one node."""
    found = campaign["counts"]["nodes"].get(node_id, {})
    return int(found.get(what, 0))


def status_count(campaign: Mapping[str, Any], status: str) -> int:
    return int(campaign["counts"]["leads"].get(status, 0))


def lateness_bound(campaign: Mapping[str, Any], share: float) -> str:
    """The upper bound, in ms, of the lateness of this share of the campaign's waits; – before any
    wait has ended.
    """
    buckets = [(float(bound), count) for bound, count in campaign["counts"]["lateness_ms"].items()]
    total = sum(count for _, count in buckets)
    passed = 0
    for bound, count in sorted(buckets):
        passed += count
        if passed >= share * total:
            return f"{bound:.0f}"
    return "–"


def _refused(answer: httpx.Response) -> ApiError:
    problem = _problem(answer)
    message = _message_of(problem, answer)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        message += (
            "\nPut the token into EMAILBUILDER_TOKEN; the token of a system on this machine is in "
            "its EMAILBUILDER_HOME."
        )
    return ApiError(message, problem)


def _given(wanted: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if value is not None}


def _problem(answer: httpx.Response) -> Document:
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        return {"title": answer.reason_phrase, "status": answer.status_code}
    return problem if isinstance(problem, dict) else {"title": str(problem)}


def _message_of(problem: Mapping[str, Any], answer: httpx.Response) -> str:
    message = str(problem.get("detail") or problem.get("title") or f"status {answer.status_code}")
    for error in problem.get("errors") or []:
        where = " ".join(str(error[key]) for key in ("node_id", "field") if error.get(key))
        message += (
            f"\n  {where}: {error.get('message', '')}" if where else f"\n  {error.get('message')}"
        )
    return message
