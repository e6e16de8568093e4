"""Read contacts from a request as they stream in: a file as it is, in a multipart form, or a JSON
list.

What the first bytes show decides whether a file is CSV or a workbook, whatever its name and type.
Memory is bounded by one chunk and one page, whatever is sent; a workbook is held by what reads it.
The bytes are counted as they arrive, whatever the headers state.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from functions.api.http.json_body_guard import declared_bytes, is_json
from functions.api.http.request_limits import RequestLimits, in_units
from functions.api.http.strict_json import parse_json
from functions.service.audience.contact_columns import Columns
from functions.service.audience.contact_json import parse_contacts_json
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.contact_rows import RowReader
from functions.service.audience.contact_text import encoding_named
from functions.service.audience.contact_workbook import SheetReader, check_policy, workbook_error
from functions.service.audience.file_kind import is_workbook
from functions.service.audience.import_policy import (
    ContactFileError,
    FileReading,
    ImportPolicy,
    Question,
    check_answered,
)
from functions.service.audience.ports import (
    OpenWorkbook,
    SheetRow,
    WorkbookError,
    WorkbookFault,
    Workbooks,
)
from functions.service.errors import CallerError
from functions.service.services import Services

FILE_FIELD = "file"
NAME_BYTES_MAX = 1000
PARTS_MAX = 100
"""Of a form, which needs one. Each costs as much as hundreds of bytes of a file."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/plain",
        "text/tab-separated-values",
        XLSX,
        "application/vnd.ms-excel",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/octet-stream",
    }
)
_SPLIT = "split it into several files"
_SAVE_AS_CSV = "save the sheet as CSV, in UTF-8, and send that"
BUSY_SECONDS = 10
_HEAD_BYTES = 8
"""As many bytes show what a file is."""


def import_body(csv_example: str, list_example: list[dict[str, str]]) -> dict[str, object]:
    """How the OpenAPI document describes a body that `read_contacts` reads."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": csv_example},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {FILE_FIELD: {"type": "string", "format": "binary"}},
                        "required": [FILE_FIELD],
                    }
                },
                "application/json": {
                    "schema": {"type": "array", "items": {"type": "object"}},
                    "example": list_example,
                },
            },
        }
    }


Take = Callable[[Sequence[Row | RejectedRow]], Awaitable[None]]


class ContactReader(Protocol):
    """`RowReader` or `SheetReader`. `is_part`: the file goes on after what was read."""

    is_part: bool

    @property
    def columns(self) -> Columns | None: ...

    @property
    def questions(self) -> tuple[Question, ...]: ...

    def reading(self) -> FileReading | None: ...


async def read_contacts(
    request: Request,
    services: Services,
    limits: RequestLimits,
    take: Take,
    policy: ImportPolicy,
    *,
    is_part: bool = False,
    sheet_chars_max: int | None = None,
    is_sheet_certain: bool = False,
    first_of_several: bool = True,
) -> ContactReader:
    """Pass the rows of the body to `take` as they become complete.

    Returns the reader, which has read nothing if the body is a list. A `charset` of the content
    type counts unless the policy names an encoding. `is_part`: the body is the beginning of a file.
    `sheet_chars_max`: of a workbook, read the rows with about so many characters; None: all.
    `is_sheet_certain`: take no row of a sheet that is only proposed. `first_of_several`: take the
    first address of a cell with several. Raises CallerError, ContactFileError; then the caller must
    discard the rows taken so far.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    reader = RowReader(policy, first_of_several=first_of_several)
    if is_json(request.headers):
        await _read_json(request, limits, take)
        return reader
    body = _Body(request, max(limits.upload_bytes_max, limits.workbook_bytes_max), _SPLIT)
    if kind == b"multipart/form-data":
        chunks = _pieces(body.chunks(), options.get(b"boundary"))
    elif kind.decode("latin-1").lower() in _FILE_TYPES:
        chunks = body.chunks()
    else:
        shown = kind.decode("latin-1")[:100] or "nothing"
        raise CallerError(
            415,
            "not_contacts",
            "Send a CSV file (Content-Type: text/csv), a workbook (its own type, or "
            "application/octet-stream), a form with either in the field "
            f"{FILE_FIELD} (multipart/form-data), or a list (application/json), not {shown}.",
        )
    head = await _head(chunks)
    if is_workbook(head):
        check_policy(policy, is_workbook=True)
        body.limit(limits.workbook_bytes_max, _SAVE_AS_CSV, "workbook_too_large")
        if is_part:
            message = "A workbook cannot be read by its beginning: send all of it, without part."
            raise ContactFileError("workbook_in_part", "part", message)
        sheets = SheetReader(policy, first_of_several=first_of_several)
        with _all_that_is_wrong(sheets):
            async with _workbook(services.workbooks, _joined(head, chunks)) as workbook:
                index = sheets.open(await workbook.sheets())
                if is_sheet_certain:
                    check_answered(sheets.questions)
                await _read_sheet(workbook.rows(index), sheets, take, sheet_chars_max)
        return sheets
    check_policy(policy, is_workbook=False)
    body.limit(limits.upload_bytes_max, _SPLIT)
    charset = options.get(b"charset", b"").decode("latin-1")
    if charset and policy.encoding is None:
        policy = replace(policy, encoding=encoding_named(charset))
        reader = RowReader(policy, first_of_several=first_of_several)
    with _all_that_is_wrong(reader):
        await _read_csv(_joined(head, chunks), reader, take, is_part=is_part)
    return reader


async def _read_json(request: Request, limits: RequestLimits, take: Take) -> None:
    counted = _Body(request, limits.json_bytes_max, "send a CSV file instead")
    body = b"".join([chunk async for chunk in counted.chunks()])
    document = parse_json(body)
    if isinstance(document, dict) and document.keys() == {"contacts"}:
        document = document["contacts"]
    if not isinstance(document, list):
        raise CallerError(
            422,
            "no_list",
            'Send a list of contacts: [{"email": "ann@example.com"}].',
            "contacts",
        )
    await take(list(parse_contacts_json(document)))


async def _read_csv(
    chunks: AsyncIterator[bytes], reader: RowReader, take: Take, *, is_part: bool
) -> None:
    async for chunk in chunks:
        await take(reader.feed(chunk))
    if is_part:
        await take(reader.pause())
    if not is_part or reader.columns is None:
        await take(reader.close())


@asynccontextmanager
async def _workbook(
    workbooks: Workbooks, chunks: AsyncIterator[bytes]
) -> AsyncIterator[OpenWorkbook]:
    """With the whole file. Raises CallerError, ContactFileError, also for what is done with it."""
    try:
        async with workbooks.open() as workbook:
            async for chunk in chunks:
                await workbook.write(chunk)
            yield workbook
    except WorkbookError as error:
        if error.fault is not WorkbookFault.BUSY:
            raise workbook_error(error.fault) from None
        message = "Other workbooks are being read at the moment: try again."
        raise CallerError(
            503, "workbooks_busy", message, retry_after_seconds=BUSY_SECONDS
        ) from None


async def _read_sheet(
    frames: AsyncIterator[Sequence[SheetRow]],
    reader: SheetReader,
    take: Take,
    chars_max: int | None,
) -> None:
    chars = 0
    async for rows in frames:
        await take(reader.take(rows))
        if chars_max is None:
            continue
        chars += sum(len(cell) for row in rows for cell in row.cells or ())
        if chars > chars_max:
            await take(reader.pause())
            return
    await take(reader.close())


@contextmanager
def _all_that_is_wrong(reader: ContactReader) -> Iterator[None]:
    """Adds what the reader asks to the reason why a file is refused."""
    try:
        yield
    except ContactFileError as error:
        error.add(reader.questions)
        raise


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    """The first chunks, which show what the file is."""
    head = b""
    while len(head) < _HEAD_BYTES:
        chunk = await anext(chunks, None)
        if chunk is None:
            break
        head += chunk
    return head


async def _joined(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in chunks:
        yield chunk


async def _pieces(chunks: AsyncIterator[bytes], boundary: bytes | None) -> AsyncIterator[bytes]:
    """The pieces of the file within a form."""
    form = _Form(boundary)
    async for chunk in chunks:
        # As one piece, however many the parser makes of it.
        if piece := b"".join(form.feed(chunk)):
            yield piece
    form.finish()


class _Body:
    """The bytes of a request, counted."""

    def __init__(self, request: Request, bytes_max: int, instead: str) -> None:
        """Raises CallerError 413 if the stated length is too large."""
        self._request = request
        self._so_far = 0
        self.limit(bytes_max, instead)

    def limit(self, bytes_max: int, instead: str, code: str = "upload_too_large") -> None:
        """From here on, there may be so many in all. `instead`: what to do if there are more.
        Raises CallerError 413."""
        self._bytes_max, self._instead, self._code = bytes_max, instead, code
        self._check(max(self._so_far, declared_bytes(self._request.headers)))

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises CallerError 413."""
        async for chunk in self._request.stream():
            self._so_far += len(chunk)
            self._check(self._so_far)
            if chunk:
                yield chunk

    def _check(self, size_bytes: int) -> None:
        if size_bytes > self._bytes_max:
            message = f"The contacts are larger than {in_units(self._bytes_max)}: {self._instead}."
            raise CallerError(413, self._code, message)


class _Form:
    """Finds the file among the fields of a multipart form, without keeping any of them."""

    def __init__(self, boundary: bytes | None) -> None:
        self._pieces: list[bytes] = []
        self._header = bytearray()
        self._disposition = bytearray()
        self._is_disposition = False
        self._is_file = False
        self._was_file = False
        self._is_over = False
        self._parts = 0
        try:
            if not boundary:
                raise FormParserError("no boundary")
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_begin": self._header.clear,
                    "on_header_field": self._add_header,
                    "on_header_value": self._add_value,
                    "on_headers_finished": self._open_part,
                    "on_part_data": self._add_piece,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as problem:
            raise _broken_form() from problem

    def feed(self, chunk: bytes) -> list[bytes]:
        """The pieces of the file in `chunk`. Raises CallerError."""
        try:
            self._parser.write(chunk)
        except FormParserError as problem:
            raise _broken_form() from problem
        pieces = list(self._pieces)
        self._pieces.clear()
        return pieces

    def finish(self) -> None:
        """Raises CallerError if the form is incomplete or contains no file."""
        if not self._is_over:
            raise _broken_form()
        if not self._was_file:
            message = f"The form contains no file: put it into the field {FILE_FIELD}."
            raise CallerError(422, "no_file", message, FILE_FIELD)

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > PARTS_MAX:
            message = f"The form has more than {PARTS_MAX} parts: send the file in one of its own."
            raise CallerError(400, "too_many_parts", message)
        self._disposition.clear()
        self._is_file = False

    def _add_header(self, piece: bytes, start: int, end: int) -> None:
        self._header += piece[start:end]
        self._is_disposition = self._header.lower() == b"content-disposition"

    def _add_value(self, piece: bytes, start: int, end: int) -> None:
        if self._is_disposition and len(self._disposition) < NAME_BYTES_MAX:
            self._disposition += piece[start:end]

    def _open_part(self) -> None:
        _, options = parse_options_header(bytes(self._disposition))
        if options.get(b"name") != FILE_FIELD.encode():
            return
        if self._was_file:
            raise CallerError(
                422, "two_files", "The form contains two files: send one per request.", FILE_FIELD
            )
        self._is_file = self._was_file = True

    def _add_piece(self, piece: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(piece[start:end])

    def _end_part(self) -> None:
        self._is_file = False

    def _end(self) -> None:
        self._is_over = True


def _broken_form() -> CallerError:
    return CallerError(
        400, "broken_form", "The form is not complete multipart/form-data: send it again."
    )
