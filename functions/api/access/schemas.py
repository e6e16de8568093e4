"""Schemas of sessions."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.access import TOKEN_CHARACTERS_MAX
from functions.api.http.fields import Closed


class SessionOpen(Closed):
    token: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=TOKEN_CHARACTERS_MAX),
        Field(description="An API token, `ebk_…`."),
    ]


class SessionView(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"token_name": "ebk_Ab3dE6gH"}]})

    token_name: str | None = Field(
        description="The visible beginning of the token that you use; `unnamed` if the token is "
        "not of the form `ebk_…`; null if the server has no tokens and needs none."
    )
