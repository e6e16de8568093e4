"""Schemas of the settings of a workspace."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from functions.api.http.fields import Address, Closed
from functions.mail.template import check_template
from functions.service.access.records import WorkspaceSettings

ADDRESS_CHARS_MAX = 500
FOOTER_CHARS_MAX = 10_000
TEST_ADDRESSES_MAX = 20


def _printable_lines(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    if not all(line.isprintable() for line in lines):
        raise ValueError("must be text in lines: remove control characters")
    return "\n".join(lines)


def _template(source: str) -> str:
    fault = check_template(source)
    if fault is not None:
        raise ValueError(f"is not a template. {fault}")
    return source


PostalAddress = Annotated[
    str, Field(max_length=ADDRESS_CHARS_MAX), AfterValidator(_printable_lines)
]
TestAddresses = Annotated[
    list[Address],
    Field(max_length=TEST_ADDRESSES_MAX),
    AfterValidator(lambda it: list(dict.fromkeys(it))),
]
Footer = Annotated[str, Field(max_length=FOOTER_CHARS_MAX), AfterValidator(_template)]


class WorkspaceSettingsChange(Closed):
    """Fields that are left out stay unchanged; null resets a setting to its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"postal_address": "Example Ltd\n1 Example Street\nLondon E1 1AA"}]
        }
    )

    postal_address: PostalAddress | None = None
    footer: Footer | None = None
    reply_to: Address | None = None
    test_addresses: TestAddresses | None = None

    def fields(self) -> dict[str, Any]:
        """The fields of the record that the request names."""
        given = self.model_dump(include=self.model_fields_set)
        given = {key: _DEFAULTS[key] if it is None else it for key, it in given.items()}
        return {key: tuple(it) if isinstance(it, list) else it for key, it in given.items()}


_DEFAULTS: dict[str, Any] = {
    "postal_address": "",
    "footer": "",
    "reply_to": None,
    "test_addresses": (),
}


class WorkspaceSettingsView(BaseModel):
    postal_address: str = Field(description="Of the sender; marketing e-mails show it.")
    footer: str = Field(
        description="Text in lines that marketing e-mails show above the postal address and the "
        "link to unsubscribe; it may use merge tags. An e-mail with a link to unsubscribe of its "
        "own has no footer."
    )
    reply_to: str | None = Field(description="Where answers go; null: to the sender.")
    test_addresses: list[str] = Field(
        description="Where test e-mails go: the first, unless the author chooses another."
    )
    updated_at: datetime | None = Field(description="null before the first change.")
    revision: int = Field(description="Grows with every change; also the ETag.")

    @classmethod
    def of(cls, settings: WorkspaceSettings) -> "WorkspaceSettingsView":
        return cls.model_validate({it: getattr(settings, it) for it in cls.model_fields})
