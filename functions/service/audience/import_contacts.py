"""Import contacts: the request stores the rows, and a job turns them into contacts, page by page.

Invariant: a row is either accepted, changed, same, duplicate or rejected, whatever crashes and is
repeated. A contact records the row that added or updated it, so a repeated page recognises its own
work. `seq` is assigned in order and never reused. Suppressions are not touched.
This module must not know CSV.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import cast

from functions.flow.lead import AttributeValue
from functions.service.audience.contact_row import Refusal, RejectedRow, Row
from functions.service.audience.date_columns import DateColumns, date_orders, with_dates
from functions.service.audience.decimal_marks import DecimalMark, DecimalMarks, rewritten
from functions.service.audience.import_policy import (
    FileReading,
    ImportPolicy,
    Known,
    Note,
    check_answered,
    packed_policy,
    unpacked_policy,
)
from functions.service.audience.known_contacts import kept_message, updated
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


ROW_COUNTS = ("accepted", "changed", "same", "duplicate", "rejected")
"""In the report: numbers of rows. Each row is in one of them. `changed`: of contacts with other
values, which were updated or left as they are, as the policy says. `duplicate`: with an address
that came before in the file; in reports of older versions also of contacts, changed or same."""

_EMPTY_REPORT: Mapping[str, object] = {**dict.fromkeys(ROW_COUNTS, 0), "problems": []}


_MARKS = "decimal_marks"
"""In the report: the decimal mark of each column that shows one, by name."""
_POLICY = "policy"
"""In the report: how the file was read. Missing in jobs of older versions."""
_NOTES = "notes"


def rejected_upload_id(job_id: str) -> str:
    """The upload with the rows that had no effect, for people to download. Rows that say what is
    known already are not among them."""
    return f"{job_id}.rejected"


@dataclass(slots=True)
class _Page:
    good: list[Row]
    problems: list[dict[str, object]]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROW_COUNTS, 0))

    def add_problem(self, count: str, row: Row | RejectedRow, code: str, message: str) -> None:
        raw = row.raw if isinstance(row, RejectedRow) else row.email
        self.problems.append({"line": row.line, "code": code, "words": message, "raw": raw})
        self.counts[count] += 1


async def add_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Turn the next page of rows into contacts."""
    store = services.store
    rows = await store.uploads.read(job.workspace_id, job.job_id, job.cursor)
    if rows is None:
        # `drop_abandoned` took the upload for abandoned, because the request was so slow.
        return replace(job, state=JobState.FAILED, report={**job.report, "error": ROWS_GONE})
    policy = unpacked_policy(job.report.get(_POLICY, {}))
    page = _read(rows, job.report, policy)
    await _add(services, job, page, policy.known)
    if page.problems:
        rejected = UploadPage(
            workspace_id=job.workspace_id,
            upload_id=rejected_upload_id(job.job_id),
            number=job.cursor,
            at=await store.now(),
            rows=page.problems,
        )
        await store.uploads.add(rejected)
    return replace(job, cursor=job.cursor + 1, report=_report(job.report, page))


async def _add(services: WorkspaceServices, job: StoredJob, page: _Page, known: Known) -> None:
    """Number and store the valid rows of the page, and update the contacts that they change.

    Two workers on one page (one of them believed dead) may choose the same numbers, and a person
    may change a contact in between. The store then leaves contacts out, and the next round compares
    those again.
    """
    contacts = services.store.contacts
    wanted = {row.email_key: row for row in page.good}
    for _ in range(ATTEMPTS_MAX):
        found = await contacts.existing(job.workspace_id, job.campaign_id, list(wanted))
        present = {it.email_key: it for it in found}
        last = await contacts.last_seq(job.workspace_id, job.campaign_id)
        absent = [row for key, row in wanted.items() if key not in present]
        added = [_contact(job, last + number, row) for number, row in enumerate(absent, 1)]
        after = {
            key: updated(contact, wanted[key], job.job_id)
            for key, contact in present.items()
            if contact.source != job.job_id
        }
        changed = [it for it in after.values() if isinstance(it, Contact)]
        if known is Known.KEEP or (changed and not await _has_job(services, job)):
            changed_count = len(changed)
        else:
            changed_count = await contacts.change(changed)
        if await contacts.add(added) == len(added) and changed_count == len(changed):
            break
    else:
        raise RuntimeError(f"contacts of {job.job_id} page {job.cursor} are written by others")
    for key, row in wanted.items():
        contact = present.get(key)
        if contact is None:
            page.counts["accepted"] += 1
        elif key in after:
            _count_known(page, contact, row, after[key], known)
        elif contact.line != row.line:
            message = f"{row.email} is also in row {contact.line}."
            page.add_problem("duplicate", row, "duplicate", message)
        else:
            # An earlier round or attempt of this page has written it.
            page.counts["accepted" if contact.revision == 1 else "changed"] += 1
    page.problems.sort(key=lambda problem: cast(int, problem["line"]))


def _contact(job: StoredJob, seq: int, row: Row) -> Contact:
    return Contact(
        workspace_id=job.workspace_id,
        campaign_id=job.campaign_id,
        seq=seq,
        email=row.email,
        email_key=row.email_key,
        attributes=row.attributes,
        source=job.job_id,
        line=row.line,
    )


async def _has_job(services: WorkspaceServices, job: StoredJob) -> bool:
    """Whether the worker still has the job. Asked after the contacts were read, so that a worker
    that was suspended cannot undo what a later import has updated: jobs of a campaign run one at a
    time, and whatever is updated after this wins the compare-and-set."""
    stored = await services.store.jobs.find(job.workspace_id, job.job_id)
    return stored is not None and stored.token == job.token


def _count_known(
    page: _Page, contact: Contact, row: Row, after: Contact | Refusal | None, known: Known
) -> None:
    if after is None:
        page.counts["same"] += 1
    elif known is Known.KEEP:
        page.add_problem("changed", row, "existing", kept_message(contact, row))
    elif isinstance(after, Refusal):
        page.add_problem("rejected", row, after.code, after.message)
    else:
        page.counts["changed"] += 1


def _read(rows: Sequence[object], report: Mapping[str, object], policy: ImportPolicy) -> _Page:
    marks = cast(Mapping[str, DecimalMark], report.get(_MARKS, {}))
    orders = date_orders(policy)
    page = _Page([], [])
    lines: dict[str, int] = {}
    for packed in rows:
        row = _unpacked(packed)
        if isinstance(row, RejectedRow):
            page.add_problem("rejected", row, row.code, row.message)
        elif row.email_key in lines:
            message = f"{row.email} is also in row {lines[row.email_key]}."
            page.add_problem("duplicate", row, "duplicate", message)
        else:
            lines[row.email_key] = row.line
            attributes = with_dates(rewritten(row.attributes, marks), orders)
            page.good.append(row._replace(attributes=attributes))
    return page


def _report(report: Mapping[str, object], page: _Page) -> Mapping[str, object]:
    shown = cast(list[object], report["problems"])
    room = PROBLEMS_SHOWN_MAX - len(shown)
    return {
        **report,
        # A job of an older version has not all of the counts.
        **{key: cast(int, report.get(key, 0)) + it for key, it in page.counts.items()},
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
