"""The style as rules on the source: each returns its findings, `file:line: how to correct it`. ruff
and mypy check what they can; these rules check the rest.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.architecture.source import Module, functions, names_given

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 500

WORDS_NEVER = frozenset({"manager", "managers", "helper", "helpers", "util", "utils"})
"""Forbidden as any part of a name."""

NAMES_NEVER = frozenset({"data", "info", "base", "process", "task", "tasks"})
"""Forbidden as a whole name, because they say nothing. `task` is Celery's word."""

GIVEN = {("local/inbox/reading.py", "data"), ("local/page_policy.py", "data")}
"""Names of arguments given by the standard library: HTMLParser.handle_data."""

NOT_DONE = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")

Rule = Callable[[Module], Iterator[str]]


def long_functions(module: Module) -> Iterator[str]:
    for it in functions(module):
        lines = (it.end_lineno or it.lineno) - it.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{module.name}:{it.lineno}: {it.name} has {lines} lines, 70 are the most"


def long_modules(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > MODULE_LINES_MAX:
        yield f"{module.name}:1: {lines} lines, 500 are the most: split it by what it does"


def empty_words(module: Module) -> Iterator[str]:
    names = [(name, line) for name, line in names_given(module)]
    names += [(part, 1) for part in module.name.removesuffix(".py").split("/")]
    is_test = module.name.startswith(("tests/", "harness/"))
    for name, line in sorted(set(names)):
        # The simulation may speak of processes and of asyncio's tasks.
        is_empty = name.lower() in NAMES_NEVER and not is_test and (module.name, name) not in GIVEN
        if is_empty or WORDS_NEVER & set(words_of(name)):
            yield f"{module.name}:{line}: {name} says nothing: name what it is or does"


def words_of(name: str) -> list[str]:
    """`HTTPHelper_two` → http, helper, two."""
    return [it.lower() for it in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def without_docstring(module: Module) -> Iterator[str]:
    """Test packages may lack a docstring; every other module begins with its role."""
    if not module.docstring and module.text.strip():
        yield f"{module.name}:1: a module opens with a docstring: its role"


def without_invariant(module: Module) -> Iterator[str]:
    """In the core and the services, a module states its invariant and what it must not know."""
    if not module.name.startswith(("functions/flow/", "functions/service/")):
        return
    is_told = "Invariant" in module.docstring or "must not know" in module.docstring
    if not is_told and not module.name.endswith("__init__.py"):
        yield f"{module.name}:1: the docstring names neither an invariant nor what it must not know"


def store_in_api(module: Module) -> Iterator[str]:
    """Routes call use cases and query functions, and do not access collections themselves."""
    if not module.name.startswith("functions/api/"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "store":
            yield f"{module.name}:{node.lineno}: a route reads the store: call a use case instead"


def not_done(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.text.splitlines(), 1):
        if NOT_DONE.search(line):
            yield f"{module.name}:{number}: do it, or take the note out"


def imports_for_types_only(module: Module) -> Iterator[str]:
    """In the core and the services, they hide an import cycle. Adapters may use them for types of
    packages that are not installed everywhere.
    """
    if not module.name.startswith(("functions/flow/", "functions/mail/", "functions/service/")):
        return
    for number, line in enumerate(module.text.splitlines(), 1):
        if "TYPE_CHECKING" in line:
            yield f"{module.name}:{number}: an import for types only hides a circle: cut it"


RULES: tuple[Rule, ...] = (
    long_functions,
    long_modules,
    empty_words,
    without_docstring,
    without_invariant,
    store_in_api,
    not_done,
    imports_for_types_only,
)
