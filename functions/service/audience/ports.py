"""The stores of contacts, of suppressed addresses, and of addresses that were allowed again; and
what reads workbooks.

Invariant: every write is a batch of compare-and-sets on single documents, or of idempotent
inserts. Each document of a batch succeeds or fails on its own, and a crash may come between any
two of them. Each method takes one round trip unless its docstring says otherwise.
This module must not know adapters.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from functions.service.access.records import WorkspaceId
from functions.service.audience.contact_row import ROW_CHARS_MAX
from functions.service.audience.records import Contact, FullMailbox, Suppression, SuppressionRemoval


class Contacts(Protocol):
    async def add(self, contacts: Sequence[Contact]) -> int:
        """Returns how many were added. A contact whose (campaign, email_key) or (campaign, seq)
        already exists is left out."""

    async def existing(
        self, workspace_id: WorkspaceId, campaign_id: str, email_keys: Sequence[str]
    ) -> list[Contact]: ...

    async def last_seq(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        """The largest seq that was given; 0 if none was. A deleted contact keeps its own."""

    async def total(self, workspace_id: WorkspaceId, campaign_id: str) -> int:
        """How many contacts there are. Two round trips."""

    async def find(self, workspace_id: WorkspaceId, campaign_id: str, seq: int) -> Contact | None:
        """None if it was deleted, too."""

    async def page(
        self, workspace_id: WorkspaceId, campaign_id: str, *, after_seq: int, limit: int
    ) -> list[Contact]:
        """By seq, strictly after `after_seq`. One more round trip per `limit` deleted contacts."""

    async def beginning(
        self, workspace_id: WorkspaceId, campaign_id: str, prefix: str, limit: int
    ) -> list[Contact]:
        """The first whose `email_key` begins with `prefix`, by `email_key`."""

    async def change(self, contacts: Sequence[Contact]) -> int:
        """Compare-and-set: each wins if the stored revision is the one before its own, and no other
        contact has its address. Returns how many won. It also brings back a deleted contact."""

    async def delete(self, contact: Contact) -> bool:
        """Compare-and-set on its revision. Only its seq stays, with the next revision, so that no
        other contact gets it: leads and messages may have it."""

    async def delete_page(self, workspace_id: WorkspaceId, campaign_id: str, limit: int) -> int:
        """Returns how many were deleted; fewer than `limit` means that none is left."""


class Suppressions(Protocol):
    async def add(self, suppressions: Sequence[Suppression]) -> int:
        """Returns how many were added. An existing suppression is left unchanged."""

    async def put(self, suppression: Suppression) -> None:
        """Replaces the suppression of the same address, if there is one."""

    async def find(self, addresses: Sequence[tuple[WorkspaceId, str]]) -> list[Suppression]:
        """`addresses`: (workspace, `email_key`), because a batch may have messages of several
        workspaces."""

    async def page(
        self, workspace_id: WorkspaceId, *, prefix: str, after_key: str, limit: int
    ) -> list[Suppression]:
        """Those whose `email_key` begins with `prefix`, by `email_key`, strictly after
        `after_key`."""

    async def remove(self, workspace_id: WorkspaceId, email_key: str) -> bool:
        """False if there is none."""


class SuppressionRemovals(Protocol):
    async def add(self, removal: SuppressionRemoval) -> None: ...

    async def page(
        self, workspace_id: WorkspaceId, *, before_id: str | None, limit: int
    ) -> list[SuppressionRemoval]:
        """Latest first, strictly before `before_id`; None: from the latest on."""


class SheetRow(NamedTuple):
    """A row that is not blank. `line`: its number in the sheet, from 1. `cells`: from the first
    column on; None if they have too many characters."""

    line: int
    cells: list[str] | None


class SheetSample(NamedTuple):
    """`rows`: the first of the sheet; none if it has no contents. Long cells are cut, and columns
    beyond those that a file may have are left out."""

    name: str
    is_hidden: bool
    rows: Sequence[SheetRow]


class WorkbookFault(StrEnum):
    """Why a workbook cannot be read."""

    DAMAGED = "damaged"
    NO_WORKBOOK = "no_workbook"
    """It is another archive or document."""
    LOCKED = "locked"
    """A password is needed."""
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BUSY = "busy"
    """Too many others are open: this one can be read later."""


class WorkbookError(Exception):
    def __init__(self, fault: WorkbookFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class WorkbookBounds:
    """What reading one workbook may take. `memory_bytes_max`: of which the file takes three times
    its size, and a million cells 110 MB. `text_chars_max`: of all rows together; a text that cells
    share is stored once in the file, and counts for each of them."""

    unpacked_bytes_max: int = 512 * 1024 * 1024
    memory_bytes_max: int = 256 * 1024 * 1024
    processor_seconds_max: int = 25
    text_chars_max: int = 256 * 1024 * 1024
    row_chars_max: int = ROW_CHARS_MAX
    sample_rows: int = 30
    sample_columns: int = 200
    sample_cell_chars: int = 100


class OpenWorkbook(Protocol):
    """`write` the file, ask for the `sheets`, then for the `rows` of one, in this order."""

    async def write(self, chunk: bytes) -> None:
        """The next bytes of the file."""

    async def sheets(self) -> Sequence[SheetSample]:
        """The file is complete. In the order of the workbook. Raises WorkbookError."""

    def rows(self, index: int) -> AsyncIterator[Sequence[SheetRow]]:
        """All rows of a sheet that are not blank, by its index among the sheets, some at a time.
        Raises WorkbookError."""


class Workbooks(Protocol):
    """Reads the files of spreadsheet programs, within bounds, whatever they contain.

    Cells become text: whole numbers without a decimal point, other numbers with the 15 digits that
    spreadsheets have; dates and times as ISO 8601, durations as hours:minutes:seconds; true and
    false; the value that was last computed for a formula. Errors such as #N/A are empty.
    """

    def open(self) -> AbstractAsyncContextManager[OpenWorkbook]:
        """Raises WorkbookError if too many are open."""


class FullMailboxes(Protocol):
    """Messages that came back because a mailbox was full."""

    async def add(self, full: FullMailbox) -> None:
        """Idempotent by the message."""

    async def count(self, workspace_id: WorkspaceId, email_key: str, limit: int) -> int:
        """How many there are of the address; at most `limit` are counted."""

    async def forget(self, workspace_id: WorkspaceId, email_key: str, before: datetime) -> None:
        """Delete those of the address before that time."""


class AudienceStore(Protocol):
    """This area's part of the store."""

    contacts: Contacts
    suppressions: Suppressions
    suppression_removals: SuppressionRemovals
    full_mailboxes: FullMailboxes
