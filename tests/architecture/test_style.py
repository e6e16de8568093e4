"""The whole project follows the style, and each rule can fail."""

import pytest

from tests.architecture.source import Module, modules, parsed
from tests.architecture.style import (
    FUNCTION_LINES_MAX,
    MODULE_LINES_MAX,
    RULES,
    Rule,
    empty_words,
    imports_for_types_only,
    long_functions,
    long_modules,
    not_done,
    store_in_api,
    without_docstring,
    without_invariant,
    words_of,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda it: it.__name__)
def test_rule_holds(rule: Rule) -> None:
    """No finding in any Python file of the project."""
    assert [finding for module in modules() for finding in rule(module)] == []


def test_all_of_the_project_is_read() -> None:
    """Rules would also hold if no file were read."""
    names = {module.name for module in modules()}
    assert {"functions/flow/executor.py", "local/wiring.py", "bench/executor.py"} <= names
    assert "tests/architecture/test_style.py" in names


def module(text: str, name: str = "functions/service/launch.py") -> Module:
    return parsed(name, text)


LONG = "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX
FOUND: list[tuple[Rule, Module]] = [
    (long_functions, module(LONG)),
    (long_functions, module("class C:\n    async " + LONG.replace("\n", "\n    ").rstrip())),
    (long_modules, module("x = 1\n" * (MODULE_LINES_MAX + 1))),
    (empty_words, module("class LeadManager: ...")),
    (empty_words, module("def send_helper(): ...")),
    (empty_words, module("def send(data): ...")),
    (empty_words, module("for info in range(3): ...")),
    (empty_words, module("import json as base")),
    (empty_words, module("async def process(): ...")),
    (empty_words, module("self.task = 1")),
    (empty_words, module("x = 1", "functions/service/utils.py")),
    (empty_words, module("x = 1", "functions/helpers/send.py")),
    (empty_words, module("def a_helper(): ...", "tests/flow/builders.py")),
    (without_docstring, module("x = 1")),
    (without_invariant, module('"""Launch."""')),
    (store_in_api, module("await services.store.leads.find(ids)", "functions/api/leads/routes.py")),
    (not_done, module("# TO" + "DO: the rest")),
    (not_done, module("x = 1  # FIX" + "ME")),
    (imports_for_types_only, module("from typing import TYPE_CHECKING")),
]


@pytest.mark.parametrize(("rule", "broken"), FOUND, ids=lambda it: getattr(it, "text", None))
def test_rule_finds(rule: Rule, broken: Module) -> None:
    """There is one finding, which begins with file and line."""
    findings = list(rule(broken))
    assert len(findings) == 1
    assert findings[0].startswith(f"{broken.name}:")


FINE: list[tuple[Rule, Module]] = [
    (long_functions, module(LONG.removesuffix("    x = 1\n"))),
    (long_modules, module("x = 1\n" * MODULE_LINES_MAX)),
    (empty_words, module("scheduled_task_id = completed_tasks = database = basement = 1")),
    (empty_words, module("event.data()\nprocess_time()")),
    (empty_words, module("process = 1", "harness/simulation/world.py")),
    (without_docstring, module("", "functions/service/__init__.py")),
    (without_invariant, module('"""Launch. Invariant: once."""')),
    (without_invariant, module('"""Launch.\n\nThis module must not know HTTP."""')),
    (without_invariant, module('"""Routes."""', "functions/api/app.py")),
    (imports_for_types_only, module("import TYPE_CHECKING", "functions/adapters/ses.py")),
    (store_in_api, module("await services.store.ping()", "functions/service/launch.py")),
    (store_in_api, module('headers = {"cache-control": "no-store"}', "functions/api/app.py")),
]


@pytest.mark.parametrize(("rule", "fine"), FINE, ids=lambda it: getattr(it, "text", None))
def test_rule_lets_pass(rule: Rule, fine: Module) -> None:
    """What only looks like a violation, and the limit itself."""
    assert list(rule(fine)) == []


def test_words_of_a_name() -> None:
    """Snake and camel, with abbreviations."""
    assert words_of("HTTPHelper_two2") == ["http", "helper", "two", "2"]
