"""Import suppressions from a list, for example of the people who unsubscribed elsewhere.

Invariant: every row is added, known already or rejected. An address that was read is suppressed
even if the rest of the file cannot be read, and repeating an import changes nothing, so no stored
job is needed. Memory is bounded by one batch.
This module must not know CSV or HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.audience.suppress import SOURCE_CHARS_MAX
from functions.service.services import WorkspaceServices

BATCH_ROWS = 1_000
PROBLEMS_SHOWN_MAX = 100


@dataclass(slots=True)
class SuppressionsReport:
    """`known`: rows with an address that was suppressed before, or that came before in the file.
    `problems`: the first rejected rows."""

    added: int = 0
    known: int = 0
    rejected: int = 0
    problems: list[RejectedRow] = field(default_factory=list)


class SuppressionImport:
    """Takes rows as they are read; `finish` returns the report."""

    def __init__(self, services: WorkspaceServices, source: str) -> None:
        """`source`: the name of the list, for people."""
        self._services = services
        self._source = source[:SOURCE_CHARS_MAX]
        self._waiting: list[str] = []
        self._report = SuppressionsReport()

    async def add(self, rows: Sequence[Row | RejectedRow]) -> None:
        for row in rows:
            if isinstance(row, Row):
                self._waiting.append(_key(row))
                if len(self._waiting) == BATCH_ROWS:
                    await self._write()
                continue
            self._report.rejected += 1
            if len(self._report.problems) < PROBLEMS_SHOWN_MAX:
                self._report.problems.append(row)

    async def finish(self) -> SuppressionsReport:
        await self._write()
        return self._report

    async def _write(self) -> None:
        if not self._waiting:
            return
        keys, self._waiting = self._waiting, []
        now = await self._services.store.now()
        added = await self._services.store.suppressions.add(
            [
                Suppression(
                    workspace_id=self._services.workspace_id,
                    email_key=key,
                    reason=SuppressionReason.IMPORTED,
                    at=now,
                    source=self._source,
                )
                for key in keys
            ]
        )
        self._report.added += added
        self._report.known += len(keys) - added


def _key(row: Row) -> str:
    """Our own export puts a quote in front of what a spreadsheet would take for a formula."""
    key = row.email_key
    return key[1:] if key.startswith(("'=", "'+", "'-")) else key
