"""The inbox as JSON, for the interface and for scripts.

`inbox_api(ledger)` is a separate application: mount it (the local stack does, at `/inbox/api`) or
serve it alone (`python -m local.inbox`). It needs only the file, so it can run while another
process receives the mail. Errors are problem details (RFC 9457).
"""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from functions.mail.address import email_key
from local.inbox.ledger import InboxMessage, Ledger, MessageHead
from local.inbox.reading import read_message

PAGE_MESSAGES_DEFAULT = 50
PAGE_MESSAGES_MAX = 200
RAW_SHOWN_BYTES_MAX = 256 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HeadBody(BaseModel):
    id: int
    received_at: datetime
    mail_from: str
    rcpt_to: list[str]
    message_id: str
    subject: str
    size_bytes: int


class PageBody(BaseModel):
    """Newest first. `next_cursor` is null on the last page; `total` counts all kept messages."""

    messages: list[HeadBody]
    next_cursor: str | None
    total: int


class LinkBody(BaseModel):
    url: str
    text: str


class HeaderBody(BaseModel):
    name: str
    value: str


class MessageBody(HeadBody):
    """`raw` is truncated after 256 KB (`raw_truncated`); `messages/{id}/raw` has every byte."""

    headers: list[HeaderBody]
    text: str | None
    html: str | None
    links: list[LinkBody]
    raw: str
    raw_truncated: bool


class DeletedBody(BaseModel):
    deleted: int


def inbox_api(ledger: Ledger) -> FastAPI:
    """Plain `def` routes: the framework runs them on threads, so SQLite never blocks the loop."""
    app = FastAPI(title="EmailBuilder inbox", docs_url=None, redoc_url=None)

    @app.get("/messages")
    def list_messages(
        recipient: Annotated[str | None, Query(max_length=320)] = None,
        cursor: Annotated[str | None, Query(max_length=20)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MESSAGES_MAX)] = PAGE_MESSAGES_DEFAULT,
    ) -> PageBody:
        before = _before(cursor)
        # Envelopes have domains in ASCII; people may type them in Unicode.
        key = None if recipient is None else email_key(recipient.strip())
        heads = ledger.page(before=before, recipient=key, limit=limit + 1)
        more = len(heads) > limit
        heads = heads[:limit]
        return PageBody(
            messages=[_head(head) for head in heads],
            next_cursor=str(heads[-1].seq) if more else None,
            total=ledger.count(),
        )

    @app.get("/messages/{seq}")
    def read_one(seq: int) -> MessageBody:
        return _whole(_found(ledger, seq))

    @app.get("/messages/{seq}/raw", response_class=Response)
    def read_raw(seq: int) -> Response:
        message = _found(ledger, seq)
        return Response(
            message.raw,
            media_type="message/rfc822",
            headers={
                "Content-Disposition": f'attachment; filename="message-{seq}.eml"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    @app.delete("/messages")
    def delete_all() -> DeletedBody:
        return DeletedBody(deleted=ledger.delete_all())

    @app.exception_handler(HTTPException)
    def refuse(_request: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    def refuse_input(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return _problem(422, f"{first['loc'][-1]}: {first['msg']}.")

    @app.exception_handler(sqlite3.Error)
    def fail(_request: Request, error: sqlite3.Error) -> JSONResponse:
        return _problem(503, f"The inbox file cannot be read: {error}.")

    return app


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse(
        {"status": status, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
    )


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit()):
        raise HTTPException(422, "cursor: not one of this inbox; leave it out to start again.")
    return min(int(cursor), 2**63 - 1)


def _found(ledger: Ledger, seq: int) -> InboxMessage:
    message = ledger.read(seq) if 0 < seq < 2**63 else None
    if message is None:
        raise HTTPException(404, f"There is no message {seq}: never received, or deleted.")
    return message


def _instant(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def _head(head: MessageHead) -> HeadBody:
    return HeadBody(
        id=head.seq,
        received_at=_instant(head.received_at_ms),
        mail_from=head.mail_from,
        rcpt_to=list(head.rcpt_to),
        message_id=head.message_id,
        subject=head.subject,
        size_bytes=head.size_bytes,
    )


def _whole(message: InboxMessage) -> MessageBody:
    read = read_message(message.raw)
    return MessageBody(
        id=message.seq,
        received_at=_instant(message.received_at_ms),
        mail_from=message.mail_from,
        rcpt_to=list(message.rcpt_to),
        message_id=message.message_id,
        subject=message.subject,
        size_bytes=len(message.raw),
        headers=[HeaderBody(name=name, value=value) for name, value in read.headers],
        text=read.text,
        html=read.html,
        links=[LinkBody(url=link.url, text=link.text) for link in read.links],
        raw=message.raw[:RAW_SHOWN_BYTES_MAX].decode("utf-8", "replace"),
        raw_truncated=len(message.raw) > RAW_SHOWN_BYTES_MAX,
    )
