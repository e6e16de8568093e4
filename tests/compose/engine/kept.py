"""The folder that outlives a run: the unpacked engine, its images and layers, and keys of their
sources.

It is `.venvs/engine`, or the folder that COMPOSE_ENGINE_FOLDER names. `built.json` holds the keys
of the last full build: of the recipes of the base images, and of the interface's sources. It does
not include the backend's image, because rebuilding that takes seconds.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from tests.architecture.source import ROOT

HERE = Path(__file__).parent
RECIPES = HERE / "images"
DOCKERFILES = (
    ROOT / "Dockerfile",
    ROOT / "docker" / "frontend" / "Dockerfile",
    ROOT / "docker" / "proxy" / "Dockerfile",
)
COMPOSE_FILE = ROOT / "docker-compose.yml"
OWN = ":local"
INTERFACE_LEFT_OUT = {"node_modules", ".next", "out", "e2e", "screens", "__pycache__"}
NOT_BUILT = re.compile(
    r".*\.test\.tsx?|(cloud|playwright|screens|team|vitest)\.config\.ts|.*\.tsbuildinfo"
)
"""Tests and files left by tools: neither changes the build."""


def folder() -> Path:
    given = os.environ.get("COMPOSE_ENGINE_FOLDER")  # noqa: TID251 (the runs' only setting)
    return Path(given).absolute() if given else ROOT / ".venvs" / "engine"


def images_asked_for() -> list[str]:
    """The base images of our Dockerfiles and our compose file, by name and release."""
    asked = set(re.findall(r"^    image: (\S+)$", COMPOSE_FILE.read_text(), re.MULTILINE))
    for file in DOCKERFILES:
        asked |= set(re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE))
    return sorted(it for it in asked if not it.endswith(OWN))


def keys() -> dict[str, str]:
    """The current keys of everything that must be built before a short run."""
    recipes = [it for it in RECIPES.rglob("*") if it.is_file()]
    return {
        "recipes": _digest("\n".join(images_asked_for()), [HERE / "bases.py", *recipes]),
        "interface": _digest(DOCKERFILES[1].read_text(), interface_sources()),
    }


def built() -> dict[str, str]:
    """The keys of the last finished build; empty if there was none."""
    mark = folder() / "built.json"
    if not mark.exists():
        return {}
    found: dict[str, str] = json.loads(mark.read_text())
    return found


def note_built(names: Iterable[str]) -> None:
    """Records that these were built from the current sources."""
    now = keys()
    (folder() / "built.json").write_text(json.dumps(built() | {it: now[it] for it in names}))


def interface_sources() -> Iterator[Path]:
    for place, names, files in os.walk(ROOT / "frontend"):
        names[:] = [it for it in names if it not in INTERFACE_LEFT_OUT]
        kept = (it for it in files if not it.startswith((".", "next-env")))
        yield from (Path(place) / it for it in kept if not NOT_BUILT.fullmatch(it))


def _digest(text: str, files: Iterable[Path]) -> str:
    digest = sha256(text.encode())
    for it in sorted(files):
        if it.suffix != ".pyc":
            digest.update(f"\0{it.relative_to(ROOT)}\0".encode() + it.read_bytes())
    return digest.hexdigest()
