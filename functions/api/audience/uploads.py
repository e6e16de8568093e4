"""Read contacts from a request as they stream in: raw CSV, a multipart form, or a JSON list.

Memory is bounded by one chunk and one page, whatever is sent. The bytes are counted as they arrive,
whatever the headers state.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.requests import Request

from functions.api.http.json_body_guard import declared_bytes, is_json
from functions.api.http.request_limits import RequestLimits, in_units
from functions.api.http.strict_json import parse_json
from functions.service.audience.contact_json import parse_contacts_json
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.contact_rows import RowReader
from functions.service.audience.contact_text import encoding_named
from functions.service.audience.import_policy import ContactFileError, ImportPolicy
from functions.service.errors import CallerError

FILE_FIELD = "file"
NAME_BYTES_MAX = 1000
PARTS_MAX = 100
"""Of a form, which needs one. Each costs as much as hundreds of bytes of a file."""

_CSV_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/plain",
        "text/tab-separated-values",
        "application/vnd.ms-excel",
        "application/octet-stream",
    }
)


def import_body(csv_example: str, list_example: list[dict[str, str]]) -> dict[str, object]:
    """How the OpenAPI document describes a body that `read_contacts` reads."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": csv_example},
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


async def read_contacts(
    request: Request,
    limits: RequestLimits,
    take: Take,
    policy: ImportPolicy,
    *,
    is_part: bool = False,
    first_of_several: bool = True,
) -> RowReader:
    """Pass the rows of the body to `take` as they become complete.

    Returns the reader, which has read nothing if the body is a list. A `charset` of the content
    type counts unless the policy names an encoding. `is_part`: the body is the beginning of a file.
    `first_of_several`: take the first address of a cell with several. Raises CallerError,
    ContactFileError; then the caller must discard the rows taken so far.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    charset = options.get(b"charset", b"").decode("latin-1")
    if charset and policy.encoding is None:
        policy = replace(policy, encoding=encoding_named(charset))
    reader = RowReader(policy, first_of_several=first_of_several)
    if is_json(request.headers):
        await _read_json(request, limits, take)
    elif kind == b"multipart/form-data":
        chunks = _pieces(_chunks(request, limits.upload_bytes_max), options.get(b"boundary"))
        await _read_csv(chunks, reader, take, is_part=is_part)
    elif kind.decode("latin-1") in _CSV_TYPES:
        chunks = _chunks(request, limits.upload_bytes_max)
        await _read_csv(chunks, reader, take, is_part=is_part)
    else:
        shown = kind.decode("latin-1")[:100] or "nothing"
        raise CallerError(
            415,
            "not_contacts",
            "Send a CSV file (Content-Type: text/csv), a form with the file in the field "
            f"{FILE_FIELD} (multipart/form-data), or a list (application/json), not {shown}.",
        )
    return reader


async def _read_json(request: Request, limits: RequestLimits, take: Take) -> None:
    body = b"".join([chunk async for chunk in _chunks(request, limits.json_bytes_max)])
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
    try:
        async for chunk in chunks:
            await take(reader.feed(chunk))
        if is_part:
            await take(reader.pause())
        if not is_part or reader.columns is None:
            await take(reader.close())
    except ContactFileError as error:
        error.add(reader.questions)
        raise


async def _pieces(chunks: AsyncIterator[bytes], boundary: bytes | None) -> AsyncIterator[bytes]:
    """The pieces of the file within a form."""
    form = _Form(boundary)
    async for chunk in chunks:
        # As one piece, however many the parser makes of it.
        if piece := b"".join(form.feed(chunk)):
            yield piece
    form.finish()


async def _chunks(request: Request, bytes_max: int) -> AsyncIterator[bytes]:
    """Raises CallerError 413; if the length is declared, before a byte is read."""
    if declared_bytes(request.headers) > bytes_max:
        raise _too_large(bytes_max, request.headers)
    so_far = 0
    async for chunk in request.stream():
        so_far += len(chunk)
        if so_far > bytes_max:
            raise _too_large(bytes_max, request.headers)
        if chunk:
            yield chunk


def _too_large(bytes_max: int, headers: Headers) -> CallerError:
    instead = "send a CSV file instead" if is_json(headers) else "split it into several files"
    message = f"The contacts are larger than {in_units(bytes_max)}: {instead}."
    return CallerError(413, "upload_too_large", message)


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
