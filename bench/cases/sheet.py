"""What a case expected and what was seen."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field

SEEN_CHARS_MAX = 160


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation. `seen`: what the system did, if it was not what was expected."""

    case: str
    expectation: str
    is_right: bool
    seen: str = ""

    def text(self) -> str:
        if self.is_right:
            return f"right  {self.case}: {self.expectation}"
        return f"WRONG  {self.case}: {self.expectation}; seen: {self.seen}"


@dataclass(slots=True)
class Sheet:
    """The lines of one case, each passed to `tell` as soon as it is known."""

    case: str
    tell: Callable[[Line], None]
    lines: list[Line] = field(default_factory=list)

    def equal(self, expectation: str, seen: object, wanted: object) -> None:
        self._add(expectation, seen == wanted, f"{seen!r}, not {wanted!r}")

    def contains(self, expectation: str, whole: Container[object], part: object) -> None:
        self._add(expectation, part in whole, f"{whole!r} without {part!r}")

    def broke_off(self, problem: Exception) -> None:
        self._add("it can be played to its end", False, f"{type(problem).__name__}: {problem}")

    def _add(self, expectation: str, is_right: bool, seen: str) -> None:
        short = seen if len(seen) <= SEEN_CHARS_MAX else f"{seen[:SEEN_CHARS_MAX]} …"
        line = Line(self.case, expectation, is_right, "" if is_right else short)
        self.lines.append(line)
        self.tell(line)
