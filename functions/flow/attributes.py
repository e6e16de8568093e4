"""Find an attribute of a contact by the name that a person wrote.

Role: the one rule by which condition nodes, waits and templates find attributes.
Invariant: the exact name wins. Otherwise, the only attribute that an import would spell alike is
meant; if several are, none is.
This module must not know what the value is used for.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

V = TypeVar("V")


def spelled(name: str) -> str:
    """The spelling that imports give to names: in lower case, with underscores for blanks."""
    return "_".join(name.lower().split())


def alike(names: Iterable[str], name: str) -> list[str]:
    """The names that differ from `name` in case and blanks only."""
    wanted = spelled(name)
    return [it for it in names if spelled(it) == wanted]


def look_up(attributes: Mapping[str, V], name: str) -> V | None:
    """The value of the attribute that `name` means; None if it means none."""
    if name in attributes:
        return attributes[name]
    found = alike(attributes, name)
    return attributes[found[0]] if len(found) == 1 else None


class NamedValues(dict[str, object]):
    """Values by name, for templates: `contact.FirstName` finds `first_name` only if it is spelled
    so; `contact.Email` finds `email`. Filled before the first look-up."""

    _by_spelling: dict[str, list[str]] | None = None

    def __missing__(self, name: object) -> object:
        if self._by_spelling is None:
            # Templates look up missing names in loops.
            self._by_spelling = {}
            for each in self:
                self._by_spelling.setdefault(spelled(each), []).append(each)
        found = self._by_spelling.get(spelled(name), []) if isinstance(name, str) else []
        if len(found) != 1:
            raise KeyError(name)
        return self[found[0]]
