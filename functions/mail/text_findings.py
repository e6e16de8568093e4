"""What is probably wrong in the texts of an e-mail, although they are valid templates.

Role: the value that the modules which look for such faults return.
Invariant: a finding blocks nothing; its message can be shown to the author.
It must not know which e-mail and which field a text belongs to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.mail.markup import Hidden, Tag, Text, looks_like_html, scan, tags_of
from functions.mail.spans import line_of, mask_liquid, split_source

WRITTEN_CHARS_MAX = 80
_READ_ATTRIBUTES = frozenset({"alt", "href", "src", "title"})


@dataclass(frozen=True, slots=True)
class TextFinding:
    """`start` and `end` are positions in the source, `line` counts from 1. `written` is what stands
    there, shortened.
    """

    code: str
    start: int
    end: int
    line: int
    written: str
    message: str
    """One sentence that says what is wrong and what would be right, without the line."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text as its readers get it, to be searched by position.

    `masked`: the source with Liquid overwritten. `parts`: those of HTML; empty if it is plain text.
    """

    source: str
    masked: str
    parts: Sequence[Tag | Hidden | Text]

    @classmethod
    def of(cls, source: str, *, is_body: bool) -> "ReadText":
        """Only a body may be HTML. Raises `TemplateError` if Liquid in `source` is not closed."""
        masked = mask_liquid(source, split_source(source))
        is_html = is_body and looks_like_html(masked)
        return cls(source, masked, tuple(scan(masked)) if is_html else ())

    def places(self) -> Iterator[tuple[int, int, bool]]:
        """Yield start and end of everything that may hold words, and whether it is an attribute.

        Comments, styles and other attributes are left out.
        """
        if not self.parts:
            yield 0, len(self.source), False
        for part in self.parts:
            if isinstance(part, Text):
                yield part.start, part.end, False
            for tag in tags_of(part):
                for each in tag.attributes:
                    if each.name in _READ_ATTRIBUTES:
                        yield each.value_start, each.value_end, True

    def finding(self, code: str, start: int, end: int, message: str) -> TextFinding:
        """`message` names the place as {written}."""
        written = " ".join(self.source[start:end].split())
        if len(written) > WRITTEN_CHARS_MAX:
            written = f"{written[: WRITTEN_CHARS_MAX - 2]} …"
        line = line_of(self.source, start)
        return TextFinding(code, start, end, line, written, message.replace("{written}", written))
