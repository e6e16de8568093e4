"""Errors between a template and its message.

Role: one family of errors, so that callers catch one class and fail the lead with the reason
`template`. Invariant: `message` can be shown to the author of the e-mail.
"""


class TemplateError(Exception):
    """A template or its result cannot be used."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        """Return one sentence, with the line in the source if it is known."""
        sentence = f"{self.message[:1].upper()}{self.message[1:]}."
        return f"Line {self.line}: {sentence}" if self.line else sentence


class TemplateTooLongError(TemplateError):
    """The template reached the limit of steps or of output."""


class RenderInterruptedError(Exception):
    """A render was ended because of what the machine could spare, not for what the template did.
    Another time may do, so the message is deferred."""


class HeaderInjectionError(TemplateError):
    """A value for a header contains a line break or another control character."""


class AddressRefusedError(TemplateError):
    """An address that cannot be used in an envelope."""
