"""What is refused on the way from a template to a message.

Role: one family of errors, so that whoever renders catches one and lets the lead fail with the
reason `template`. Invariant: `words` can be shown to the author of the e-mail as they are.
"""


class TemplateError(Exception):
    """A template, or what it rendered to, cannot be used."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.line = line

    def __str__(self) -> str:
        """Return one sentence, with the line in the source where it is known."""
        sentence = f"{self.words[:1].upper()}{self.words[1:]}."
        return f"Line {self.line}: {sentence}" if self.line else sentence


class TemplateTooLongError(TemplateError):
    """The template reached the limit of its steps or of its output."""


class HeaderInjectionError(TemplateError):
    """A value meant for a header holds a line break or another control character."""


class AddressRefusedError(TemplateError):
    """An address that cannot be written into an envelope."""
