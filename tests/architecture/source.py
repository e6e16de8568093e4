"""The project's Python files, parsed once, for the tests that read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("functions", "local", "harness", "tests", "bench", "scripts")


@dataclass(frozen=True)
class Module:
    """`name`: the path from the root, such as functions/flow/lead.py."""

    name: str
    text: str
    tree: ast.Module

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""


@cache
def modules() -> tuple[Module, ...]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(parsed(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths)


def parsed(name: str, text: str) -> Module:
    return Module(name, text, ast.parse(text))


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for it in ast.walk(module.tree):
        if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef):
            yield it


def names_given(module: Module) -> Iterator[tuple[str, int]]:
    """Every identifier that this module defines itself, with its line; names it only uses are left
    out.
    """
    for it in ast.walk(module.tree):
        match it:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield it.name, it.lineno
            case ast.arg():
                yield it.arg, it.lineno
            case ast.Name(ctx=ast.Store()):
                yield it.id, it.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield it.attr, it.lineno
            case ast.alias(asname=str(name)):
                yield name, it.lineno
            case _:
                pass
