"""Words that the field does not use, kept out of names: `scripts/check_names.py`.

docs/glossary.md has the words instead. It reads the identifiers of Python and TypeScript, strings
that may be JSON fields or routes, and the texts of the interface; names of tests are sentences.
scripts/old_names.py lists the words, and the places where one is right all the same.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.old_names import EXCEPTIONS, PARTS, TEXTS, WHOLE, Exempt  # noqa: E402

PYTHON = ("functions", "local", "harness", "tests", "bench", "scripts")
TYPESCRIPT = ("frontend/src", "frontend/e2e", "frontend/server", "frontend/scripts")
GENERATED = "frontend/src/shared/api/schema.ts"
SPEAKS_JSON = ("functions/api/", "local/")

_FIELD_OR_ROUTE = re.compile(r"/?[A-Za-z_][\w/{}-]*")
_TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[A-Za-z_$][\w$]*""",
    re.DOTALL,
)
_EMBEDDED = re.compile(r"\$\{([^{}]*)\}")


class Found(NamedTuple):
    path: str
    line: int
    name: str
    term: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.name}: say {self.term}"


def check(path: str, text: str) -> Iterator[Found]:
    """What is found in one file, exceptions included."""
    if path.endswith(".py"):
        names = _python_names(ast.parse(text), speaks_json=path.startswith(SPEAKS_JSON))
    else:
        names = _typescript_names(text)
    for name, line in sorted(set(names), key=lambda it: (it[1], it[0])):
        if not name.startswith("test_") and (term := term_for(name)) is not None:
            yield Found(path, line, name, term)
    if path.endswith("/texts.ts"):
        for line, words in _texts(text):
            for old, term in TEXTS.items():
                if re.search(rf"\b{old}\b", words, re.IGNORECASE):
                    yield Found(path, line, old, term)


def term_for(name: str) -> str | None:
    """What the field says instead of an old word in a name; None where there is none."""
    if name in WHOLE:
        return WHOLE[name]
    before = ""
    for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name):
        word = part.lower()
        if word in PARTS and before not in PARTS[word].after:
            return PARTS[word].term
        before = word
    return None


def exempt(found: Found) -> Exempt | None:
    for it in EXCEPTIONS:
        if found.path.startswith(it.paths) and found.name in it.names:
            return it
    return None


def files() -> Iterator[tuple[str, str]]:
    for folder in PYTHON:
        yield from _read(folder, "*.py")
    for folder in TYPESCRIPT:
        for pattern in ("*.ts", "*.tsx", "*.mjs"):
            yield from _read(folder, pattern)


def _read(folder: str, pattern: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob(pattern)):
        name = path.relative_to(ROOT).as_posix()
        if name != GENERATED:
            yield name, path.read_text()


def _python_names(tree: ast.Module, *, speaks_json: bool) -> Iterator[tuple[str, int]]:
    for it in ast.walk(tree):
        match it:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield it.name, it.lineno
            case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)) | ast.Name(id=name):
                yield name, it.lineno
            case ast.Attribute():
                yield it.attr, it.lineno
            case ast.alias():
                yield it.asname or it.name.rpartition(".")[2], it.lineno
            case ast.Constant(value=str(text)) if speaks_json and _FIELD_OR_ROUTE.fullmatch(text):
                yield text, it.lineno
            case _:
                pass


def _typescript_names(text: str) -> Iterator[tuple[str, int]]:
    for token in _TOKENS.finditer(text):
        line = text.count("\n", 0, token.start()) + 1
        if token[0][0] == "`":
            for embedded in _EMBEDDED.finditer(token[0]):
                for name, _ in _typescript_names(embedded[1]):
                    yield name, line
        elif token[0][0] not in "\"'/":
            yield token[0], line


def _texts(text: str) -> Iterator[tuple[int, str]]:
    for token in _TOKENS.finditer(text):
        if token[0][0] in "\"'`":
            yield text.count("\n", 0, token.start()) + 1, _EMBEDDED.sub("", token[0])


def main() -> int:
    found = [it for path, text in files() for it in check(path, text) if exempt(it) is None]
    for it in found:
        sys.stderr.write(f"{it}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
