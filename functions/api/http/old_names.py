"""The names that JSON fields had in older versions. Requests may still use them, and answers still
contain them next to the new ones. The OpenAPI document has only the new names.
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer


class WithOldNames(BaseModel):
    """An answer that repeats values under old names. `OLD_NAMES`: from old name to new name."""

    OLD_NAMES: ClassVar[Mapping[str, str]] = {}

    # Without a return type, because the OpenAPI document would show that type instead.
    @model_serializer(mode="wrap")
    def _with_old_names(self, write: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        written = write(self)
        return written | {old: written[new] for old, new in self.OLD_NAMES.items()}
