"""Merge tags: Liquid over plain dicts, checked when saved, limited when rendered.

Role: turn the source of a template into a `Template`, or into an error message for its author.
Invariant: this module raises `TemplateError` only; its message can be shown to the author.
It must not know what the text is for.
"""

from collections.abc import Mapping
from functools import lru_cache

from liquid.ast import Node
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.template import BoundTemplate

from functions.mail.budget import BODY_SHARE, Budget
from functions.mail.errors import RenderInterruptedError, TemplateTooLongError
from functions.mail.errors import TemplateError as TemplateError
from functions.mail.render_context import Output, SandboxContext
from functions.mail.sandbox import SandboxEnvironment, put_under_budget
from functions.mail.shortcuts import Shortcut, steps_of
from functions.mail.spans import SOURCE_CHARS_MAX, TAGS_MAX, split_source
from functions.mail.tag_text import explain_tags, restore_tags

TEMPLATES_CACHED = 256

_PLAIN = SandboxEnvironment(autoescape=False)
_HTML = SandboxEnvironment(autoescape=True)


class Template:
    """A parsed template. Rendering does not change it, so it can be shared. `bound`:
    python-liquid's tree, to be read."""

    __slots__ = ("_charge", "_steps", "bound", "source")

    def __init__(self, bound: BoundTemplate, source: str, charge: int) -> None:
        """`charge`: the steps of one pass over it."""
        self.bound = bound
        self._charge = charge
        self._steps = steps_of(bound.nodes, bound.env)
        self.source = source

    def render(
        self,
        context: Mapping[str, object],
        companion: object = None,
        budget: Budget | None = None,
    ) -> str:
        """Return the text for `context`; undefined names render as nothing.

        Raises `TemplateError` for limits and for values that the template cannot use, and
        `RenderInterruptedError` if the machine has too little time or memory. `companion` reaches
        the tags of a derived environment (see links.py). `budget`: what the message has left; None
        gives the template one of its own.
        """
        budget = budget or Budget()
        pieces: list[str] = []
        scope: SandboxContext | None = None
        try:
            budget.charge(self._charge)
            for step in self._steps:
                if type(step) is str:
                    pieces.append(step)
                    continue
                if isinstance(step, Shortcut):
                    if scope is None or scope.is_untouched:
                        pieces.append(budget.spend(step.text(context, companion, budget)))
                        continue
                    step = step.node
                assert isinstance(step, Node)
                if scope is None:
                    scope = SandboxContext(self.bound, context, budget, companion)
                    output = Output(budget, pieces)
                step.render(scope, output)
        except RenderInterruptedError:
            raise
        except MemoryError as error:
            raise RenderInterruptedError("rendering took too much memory") from error
        except Exception as error:
            # python-liquid raises ValueError, OverflowError and others for attributes that do not
            # suit a filter. All of them are failures of the template.
            raise _explained(error) from error
        return "".join(pieces)


def compile_template(source: str, *, escape: bool = False) -> Template:
    """Parse `source`. With `escape`, inserted values are escaped for HTML.

    Raises `TemplateError`.
    """
    return compile_in(_HTML if escape else _PLAIN, source)


@lru_cache(maxsize=TEMPLATES_CACHED)
def compile_in(
    environment: SandboxEnvironment,
    source: str,
    chars_max: int = SOURCE_CHARS_MAX,
    tags_max: int = TAGS_MAX,
) -> Template:
    """Parse `source` in `environment`; recent templates are cached. Raises `TemplateError`."""
    source = restore_tags(source, split_source(source, chars_max, tags_max))
    spans = split_source(source, chars_max, tags_max)
    try:
        bound = environment.from_string(source)
        charge = put_under_budget(bound)
    except (LiquidError, RecursionError) as error:
        raise explain_tags(source, spans) or _explained(error) from error
    return Template(bound, source, charge)


def check_template(source: str) -> str | None:
    """Return in one sentence what is wrong with `source`, or None."""
    try:
        template = compile_template(source)
    except TemplateError as error:
        return str(error)
    try:
        template.render({}, budget=Budget(share=BODY_SHARE))
    except TemplateTooLongError as error:
        return str(error)
    except TemplateError:
        return None  # without a contact many valid templates fail; only limits count here
    return None


def _explained(error: Exception) -> TemplateError:
    if isinstance(error.__cause__ or error, RecursionError):
        return TemplateTooLongError("an expression is nested too deeply")
    if isinstance(error, LiquidError):
        kind = TemplateTooLongError if isinstance(error, ResourceLimitError) else TemplateError
        return kind(str(error.message or "the template cannot be read").rstrip("."), _line(error))
    return TemplateError(f"a value does not suit the template ({error})")


def _line(error: LiquidError) -> int | None:
    try:
        context = error.context()
    except ValueError:
        return None  # the error points past the end of the source
    return context[0] if context else None
