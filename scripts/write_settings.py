"""Write .env.example and docs/settings.md from the declarations of the settings.

python scripts/write_settings.py            writes both
python scripts/write_settings.py --check    exit code 1 if a file differs
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from functions.declaration import (  # noqa: E402 (the line above makes it importable)
    NOT_READ,
    REQUIRED,
    Declaration,
    Fixed,
    Group,
)
from functions.environment import RETIRED, declaration_of, expected  # noqa: E402
from functions.settings import Settings  # noqa: E402
from local.cli.settings import TOKEN, URL  # noqa: E402
from local.settings import LocalSettings  # noqa: E402
from local.team.compose_variables import COMPOSE_VARIABLES  # noqa: E402
from local.team.settings import TeamSettings  # noqa: E402

ENV = """\
# Settings of the team's stack. `make env` copies this to .env and fills in the secrets; docker
# compose reads .env by itself. docs/settings.md lists all settings, for every way of running.
#
# Secrets go into addresses as they are: letters, digits, - and _ only, or percent-encoded.
#
# Written from the code by scripts/write_settings.py; `make format` writes it again.
"""
ENV_HINTS = {
    Group.SECRETS: ": `make env` makes them",
    Group.TIMES: "; contradictory settings are refused at start-up",
}
LINE_CHARS_MAX = 100

PAGE = """\
# Settings

<!-- Written from the code by scripts/write_settings.py; `make format` writes it again. -->

The product reads its settings from environment variables when it starts. An empty variable counts
as not set. If a value is invalid, the product does not start, and a message names every such
variable and says how to correct it.

The columns show the default for each way of running the product: the deployed **functions**
(template.yaml sets them), the system on **one machine** (`emailbuilder up`), and the stack of a
**team** (docker compose, which reads `.env`). *required*: it does not start without a value.
*always*: that way decides by itself. –: that way does not read the variable. Where docker compose
has a default of its own, `.env.example` says so.
"""
COMPOSE_TITLE = """
## Docker compose alone

Docker compose reads these from `.env` for itself and for the services around the product.

| variable | what it sets |
|---|---|
"""
RETIRED_TITLE = """
## No longer read

The product refuses to start with one of these, so that nobody relies on a setting without effect.

| variable | set instead |
|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    arguments = parser.parse_args()
    differing = [
        path
        for path, text in ((ROOT / ".env.example", example()), (ROOT / "docs/settings.md", page()))
        if not path.exists() or path.read_text(encoding="utf-8") != text
        if arguments.check or path.write_text(text, encoding="utf-8")
    ]
    if arguments.check and differing:
        names = ", ".join(str(it.relative_to(ROOT)) for it in differing)
        sys.stderr.write(f"{names}: not what the settings declare; run `make format`\n")
        return 1
    return 0


def declarations() -> dict[Declaration, str]:
    """Every setting that the product reads, with the types and bounds of its value."""
    found: dict[Declaration, str] = {}
    for model in (TeamSettings, Settings, LocalSettings):
        for field in model.model_fields.values():
            if (declaration := declaration_of(field)) is not None:
                found[declaration] = expected(field)
    return found | {URL: "", TOKEN: ""}


def grouped(every: Iterable[Declaration]) -> Iterator[tuple[Group, list[Declaration]]]:
    every = list(every)
    for group in Group:
        if of_group := [it for it in every if it.group is group]:
            yield group, of_group


def example() -> str:
    """The text of .env.example."""
    text = ENV
    offered = [it for it in (*declarations(), *COMPOSE_VARIABLES) if it.in_env]
    for group, of_group in grouped(offered):
        title = f"# ── {group}{ENV_HINTS.get(group, '')} "
        text += f"\n{title.ljust(LINE_CHARS_MAX, '─')}\n"
        for it in of_group:
            shown = " ".join(filter(None, (it.sentence, it.more, _when_empty(it))))
            comment = wrap(
                shown,
                LINE_CHARS_MAX,
                initial_indent="# ",
                subsequent_indent="# ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            text += "\n" + "\n".join([*comment, f"{it.variable}={it.value}"]) + "\n"
    return text


def _when_empty(it: Declaration) -> str:
    if it.empty:
        return f"Empty: {it.empty}"
    return f"Empty: {it.team}." if isinstance(it.team, str) and it.team else ""


def page() -> str:
    """The text of docs/settings.md."""
    text = PAGE
    every = declarations()
    for group, of_group in grouped(every):
        text += f"\n## {group}\n\n| variable | what it sets | functions | one machine | team |\n"
        text += "|---|---|---|---|---|\n"
        for it in of_group:
            bounds = f" It must be {every[it]}." if every[it] not in it.sentence else ""
            cells = " | ".join(
                _cell(it.default(deployment)) for deployment in ("functions", "local", "team")
            )
            text += f"| `{it.variable}` | {it.sentence}{bounds} | {cells} |\n"
    text += COMPOSE_TITLE
    text += "".join(f"| `{it.variable}` | {it.sentence} |\n" for it in COMPOSE_VARIABLES)
    if RETIRED:
        text += RETIRED_TITLE
        text += "".join(f"| `{old}` | `{new}` |\n" for old, new in RETIRED.items())
    return text


def _cell(default: object) -> str:
    if default is REQUIRED:
        return "required"
    if default is NOT_READ:
        return "–"
    if isinstance(default, Fixed):
        return default.text or (f"always `{default.value}`" if default.value else "–")
    return f"`{default}`" if default else "empty"


if __name__ == "__main__":
    raise SystemExit(main())
