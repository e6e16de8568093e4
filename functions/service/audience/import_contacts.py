"""Import contacts: the request stores the rows, and a job turns them into contacts, page by page.

Invariant: a row is either accepted, duplicate or rejected, whatever crashes and is repeated. An
accepted contact records its row, so a repeated page recognises its own work. `seq` is assigned in
order and never reused.
This module must not know CSV.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import cast

from functions.flow.lead import AttributeValue
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.date_columns import DateColumns, date_orders, with_dates
from functions.service.audience.decimal_marks import DecimalMark, DecimalMarks, rewritten
from functions.service.audience.import_policy import (
    FileReading,
    ImportPolicy,
    Note,
    check_answered,
    packed_policy,
    unpacked_policy,
)
from functions.service.audience.records import Contact
from functions.service.jobs.records import JobKind, JobState, StoredJob, UploadPage
from functions.service.jobs.start_job import start_job
from functions.service.services import Services, WorkspaceServices

PAGE_ROWS = 5000
PAGE_CHARS_MAX = 2_000_000
"""A page is one document of the store, whose size is limited (MongoDB: 16 MB)."""
PROBLEMS_SHOWN_MAX = 100
ATTEMPTS_MAX = 5
ROWS_GONE = "The uploaded rows were deleted before the import could begin: upload them again."


class Upload:
    """Collects the rows of one request into pages in the store. Nothing is imported until
    `finish`. `discard` removes the pages, and the sweep removes those of abandoned uploads."""

    def __init__(
        self,
        services: WorkspaceServices,
        campaign_id: str,
        policy: ImportPolicy | None = None,
        job_id: str | None = None,
    ) -> None:
        """`job_id`: None for a campaign that is not created yet."""
        self.job_id = job_id or f"i-{services.new_token()[:20]}"
        self._services = services
        self._campaign_id = campaign_id
        self._rows: list[object] = []
        self._marks = DecimalMarks()
        self._policy = policy or ImportPolicy()
        self._dates = DateColumns(self._policy)
        self._notes: tuple[Note, ...] = ()
        self._chars = 0
        self._pages = 0

    async def add(self, rows: Sequence[Row | RejectedRow]) -> None:
        for row in rows:
            self._rows.append(_packed(row))
            if isinstance(row, Row):
                self._marks.add(row.attributes)
                self._dates.add(row.line, row.attributes)
            self._chars += _chars(row)
            if len(self._rows) == PAGE_ROWS or self._chars > PAGE_CHARS_MAX:
                await self._write_page()

    def check(self, reading: FileReading) -> None:
        """Raises ContactFileError if the file leaves a question open. For a list of objects this
        is not called: programs write it, and a date in doubt stays text."""
        check_answered([*reading.questions, *self._dates.questions])
        self._notes = reading.notes
        self._policy = reading.policy

    async def write_rest(self) -> None:
        """Write the last page, which may not be full."""
        if self._rows or not self._pages:
            await self._write_page()

    async def finish(self) -> StoredJob:
        """Store the import job. From here on the import happens, even if this process dies."""
        await self.write_rest()
        marks = self._marks.decided()
        dates = self._dates.decided()
        policy = replace(
            self._policy, column_types=dates.column_types, date_orders=dates.date_orders
        )
        return await start_job(
            self._services,
            self.job_id,
            self._campaign_id,
            JobKind.IMPORT,
            until=self._pages,
            report={
                **_EMPTY_REPORT,
                _POLICY: packed_policy(policy),
                _NOTES: [asdict(it) for it in (*self._notes, *self._dates.notes)],
                **({_MARKS: marks} if marks else {}),
            },
        )

    async def discard(self) -> None:
        await self._services.store.uploads.drop(self._services.workspace_id, self.job_id)

    async def _write_page(self) -> None:
        now = await self._services.store.now()
        page = UploadPage(
            workspace_id=self._services.workspace_id,
            upload_id=self.job_id,
            number=self._pages,
            at=now,
            rows=self._rows,
        )
        await self._services.store.uploads.add(page)
        self._rows, self._chars = [], 0
        self._pages += 1


_EMPTY_REPORT: Mapping[str, object] = {
    "accepted": 0,
    "duplicate": 0,
    "rejected": 0,
    "problems": [],
}


_MARKS = "decimal_marks"
"""In the report: the decimal mark of each column that shows one, by name."""
_POLICY = "policy"
"""In the report: how the file was read. Missing in jobs of older versions."""
_NOTES = "notes"


def rejected_upload_id(job_id: str) -> str:
    """The upload with the rows that did not become contacts, for people to download."""
    return f"{job_id}.rejected"


@dataclass(slots=True)
class _Page:
    good: list[Row]
    problems: list[dict[str, object]]
    duplicates: int = 0
    rejected: int = 0

    def add_problem(self, line: int, code: str, message: str, raw: str) -> None:
        self.problems.append({"line": line, "code": code, "words": message, "raw": raw})
        if code == "duplicate":
            self.duplicates += 1
        else:
            self.rejected += 1


async def add_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Turn the next page of rows into contacts."""
    store = services.store
    rows = await store.uploads.read(job.workspace_id, job.job_id, job.cursor)
    if rows is None:
        # `drop_abandoned` took the upload for abandoned, because the request was so slow.
        return replace(job, state=JobState.FAILED, report={**job.report, "error": ROWS_GONE})
    page = _read(rows, job.report)
    accepted = await _add(services, job, page)
    if page.problems:
        rejected = UploadPage(
            workspace_id=job.workspace_id,
            upload_id=rejected_upload_id(job.job_id),
            number=job.cursor,
            at=await store.now(),
            rows=page.problems,
        )
        await store.uploads.add(rejected)
    return replace(job, cursor=job.cursor + 1, report=_report(job.report, page, accepted))


async def _add(services: WorkspaceServices, job: StoredJob, page: _Page) -> int:
    """Number and store the valid rows of the page; return how many are contacts of this job.

    Two workers on one page (one of them believed dead) may choose the same numbers. The store
    then leaves contacts out, and the next round gives those a new number.
    """
    contacts = services.store.contacts
    wanted = {row.email_key: row for row in page.good}
    present: dict[str, Contact] = {}
    added: dict[str, Contact] = {}
    for _ in range(ATTEMPTS_MAX):
        present = {
            it.email_key: it
            for it in await contacts.existing(job.workspace_id, job.campaign_id, list(wanted))
        }
        last = await contacts.last_seq(job.workspace_id, job.campaign_id)
        absent = [row for key, row in wanted.items() if key not in present]
        added = {
            row.email_key: Contact(
                workspace_id=job.workspace_id,
                campaign_id=job.campaign_id,
                seq=last + number,
                email=row.email,
                email_key=row.email_key,
                attributes=row.attributes,
                source=job.job_id,
                line=row.line,
            )
            for number, row in enumerate(absent, 1)
        }
        if await contacts.add(list(added.values())) == len(added):
            break
    else:
        raise RuntimeError(f"contacts of {job.job_id} page {job.cursor} are numbered by others")
    present.update(added)
    accepted = 0
    for key, row in wanted.items():
        owner = present[key]
        if (owner.source, owner.line) == (job.job_id, row.line):
            accepted += 1
        else:
            page.add_problem(row.line, "duplicate", f"{row.email} is already a contact.", row.email)
    page.problems.sort(key=lambda problem: cast(int, problem["line"]))
    return accepted


def _read(rows: Sequence[object], report: Mapping[str, object]) -> _Page:
    marks = cast(Mapping[str, DecimalMark], report.get(_MARKS, {}))
    orders = date_orders(unpacked_policy(report.get(_POLICY, {})))
    page = _Page([], [])
    lines: dict[str, int] = {}
    for packed in rows:
        row = _unpacked(packed)
        if isinstance(row, RejectedRow):
            page.add_problem(row.line, row.code, row.message, row.raw)
        elif row.email_key in lines:
            first = lines[row.email_key]
            page.add_problem(
                row.line, "duplicate", f"{row.email} is also in row {first}.", row.email
            )
        else:
            lines[row.email_key] = row.line
            attributes = with_dates(rewritten(row.attributes, marks), orders)
            page.good.append(row._replace(attributes=attributes))
    return page


def _report(report: Mapping[str, object], page: _Page, accepted: int) -> Mapping[str, object]:
    shown = cast(list[object], report["problems"])
    room = PROBLEMS_SHOWN_MAX - len(shown)
    return {
        **report,
        "accepted": cast(int, report["accepted"]) + accepted,
        "duplicate": cast(int, report["duplicate"]) + page.duplicates,
        "rejected": cast(int, report["rejected"]) + page.rejected,
        "problems": [
            *shown,
            *({key: it[key] for key in ("line", "code", "words")} for it in page.problems[:room]),
        ],
    }


def _chars(row: Row | RejectedRow) -> int:
    if isinstance(row, RejectedRow):
        return len(row.raw)
    return sum([len(value) for value in row.attributes.values() if isinstance(value, str)])


def _packed(row: Row | RejectedRow) -> object:
    if isinstance(row, Row):
        return [row.line, row.email, dict(row.attributes)]
    return [row.line, row.code, row.message, row.raw]


def _unpacked(packed: object) -> Row | RejectedRow:
    assert isinstance(packed, list)
    if len(packed) == 3:
        line, email, attributes = packed
        return Row(line, email, cast(Mapping[str, AttributeValue], attributes))
    return RejectedRow(*packed)


async def drop_abandoned(services: Services, before: datetime) -> int:
    """Delete uploads whose request died before it stored the job. Returns how many."""
    dropped = 0
    for workspace_id, upload_id in await services.store.uploads.abandoned_anywhere(before, 20):
        job_id = upload_id.removesuffix(".rejected")
        if await services.store.jobs.find(workspace_id, job_id) is None:
            await services.store.uploads.drop(workspace_id, upload_id)
            dropped += 1
    return dropped
