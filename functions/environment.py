"""Read declared settings from the environment, and check them.

Invariant: one error names all wrong variables and says for each what would be right. Neither the
error nor the repr of settings contains a secret.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from functions.declaration import REQUIRED, Declaration, Deployment, Fixed, Group
from functions.settings_error import SettingsError

RETIRED: Mapping[str, str] = {}
"""Variables that earlier versions read, each with the one that replaces it."""

Whole = Annotated[int, Field(ge=0)]
Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100)]

Text = TypeVar("Text", str, SecretStr)


def setting(variable: str, sentence: str, group: Group, **more: Any) -> Any:
    """A field of `EnvironmentSettings`. The arguments are those of `Declaration`."""
    return declared(Declaration(variable, sentence, group, **more))


def declared(declaration: Declaration) -> Any:
    return Field(
        alias=declaration.variable,
        description=declaration.sentence,
        json_schema_extra={"declaration": declaration},  # type: ignore[dict-item]
    )


def begins_with(*beginnings: str) -> AfterValidator:
    """A validator for text or secrets, which accepts an empty value."""

    def check(value: Text) -> Text:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and not text.startswith(beginnings):
            raise ValueError(f"must begin with {_either(beginnings)}")
        return value

    return AfterValidator(check)


class EnvironmentSettings(BaseSettings):
    """`read` takes the values from an environment. The constructor takes them by name, for use in
    code, and never reads the environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, arbitrary_types_allowed=True
    )
    deployment: ClassVar[Deployment]

    @classmethod
    def from_environment(cls) -> Self:
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """An empty variable counts as not set. Raises SettingsError."""
        faults = [
            f"{old} is no longer read: set {new} instead"
            for old, new in RETIRED.items()
            if environment.get(old)
        ]
        names = [it.variable for it in cls.declarations() if it.is_read_by(cls.deployment)]
        given = {name: value for name in names if (value := environment.get(name))}
        try:
            settings = cls(**given)
        except ValidationError as error:
            faults += [_fault(cls, it) for it in error.errors()]
        if faults:
            # Raised outside the handler, because its error contains the values.
            raise SettingsError("; ".join(faults))
        return settings

    @classmethod
    def declarations(cls) -> Iterator[Declaration]:
        for field in cls.model_fields.values():
            if (found := declaration_of(field)) is not None:
                yield found

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        defaults = {it.variable: it.default(cls.deployment) for it in cls.declarations()}
        of_deployment = {
            name: it.value if isinstance(it, Fixed) else it
            for name, it in defaults.items()
            if it is not REQUIRED
        }
        return init_settings, InitSettingsSource(settings_cls, of_deployment)


def declaration_of(field: FieldInfo) -> Declaration | None:
    """None for fields that are only set in code."""
    extra = field.json_schema_extra
    found = extra.get("declaration") if isinstance(extra, dict) else None
    return found if isinstance(found, Declaration) else None


def expected(field: FieldInfo) -> str:
    """What a value must be, by its type and bounds; empty for text."""
    if get_origin(field.annotation) is Literal:
        choices = get_args(field.annotation)
        return _either(choices) if len(choices) < 3 else f"one of {', '.join(choices)}"
    kinds: Mapping[object, str] = {int: "a whole number", float: "a number"}
    kind = kinds.get(field.annotation, "")
    least = next((it.ge for it in field.metadata if isinstance(it, Ge)), None)
    most = next((it.le for it in field.metadata if isinstance(it, Le)), None)
    if most is not None:
        return f"{kind}, {least} to {most}"
    return kind if least is None else f"{kind}, {least} or more"


def _fault(cls: type[EnvironmentSettings], error: ErrorDetails) -> str:
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    if error["type"] == "missing":
        return f"{name} is not set"
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
        return (
            f"{name} {message}" if message.startswith(("must ", "for ")) else f"{name}: {message}"
        )
    field = next(it for it in cls.model_fields.values() if it.alias == name)
    return f"{name} must be {expected(field)}, not {error['input']!r}"


def _either(choices: tuple[str, ...]) -> str:
    return " or ".join(choices)
