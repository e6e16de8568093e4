"""Schemas of sessions."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.access import TOKEN_CHARACTERS_MAX
from functions.api.http.fields import Closed
from functions.service.access.records import Session
from functions.service.access.sessions import ends_at


class SessionOpen(Closed):
    token: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=TOKEN_CHARACTERS_MAX),
        Field(description="An API token, `ebk_…`."),
    ]


class SessionView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token_name": "ebk_Ab3dE6gH", "session_id": None}]}
    )

    token_name: str | None = Field(
        description="The visible beginning of the token that you use or signed in with; `unnamed` "
        "if the token is not of the form `ebk_…`; null if the server has no tokens and needs none."
    )
    session_id: str | None = Field(description="null if you use no session.")


class BrowserSessionView(BaseModel):
    session_id: str
    token_name: str = Field(description="The visible beginning of the API token it began with.")
    created_at: datetime
    last_seen_at: datetime = Field(description="To within a minute.")
    ends_at: datetime = Field(description="If it is not used any more.")
    user_agent: str = Field(description="What the browser calls itself.")
    address: str = Field(description="The IP address of its latest requests.")
    is_current: bool = Field(description="Whether this request belongs to it.")

    @classmethod
    def of(cls, session: Session, own: str | None) -> "BrowserSessionView":
        """`own`: the id of the session that asks."""
        return cls(
            session_id=session.session_id,
            token_name=session.token_name,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            ends_at=ends_at(session),
            user_agent=session.user_agent,
            address=session.address,
            is_current=session.session_id == own,
        )


class BrowserSessionList(BaseModel):
    sessions: list[BrowserSessionView]


class RevokedSessionsView(BaseModel):
    revoked: int = Field(description="How many sessions were ended.")
