"""Names that JSON fields had in older versions: requests may still use them, and answers still
have them beside the new ones. The OpenAPI document names the new ones only.
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer


class WithOldNames(BaseModel):
    """An answer. `OLD_NAMES`: each old name with the new one, whose value it repeats."""

    OLD_NAMES: ClassVar[Mapping[str, str]] = {}

    # Without a return type, or else that would be what the OpenAPI document shows.
    @model_serializer(mode="wrap")
    def _with_old_names(self, write: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        written = write(self)
        return written | {old: written[new] for old, new in self.OLD_NAMES.items()}
