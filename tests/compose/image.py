"""The content of the image, in a folder: the same packages from the same lock file, the same files.

The Dockerfile decides which files those are. `tests/compose/engine` builds the image itself.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.source import ROOT

UV = Path(sys.executable).parent / "uv"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


class Image:
    """`folder`: its root. Paths of the Dockerfile lie below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._install()
        for source, target in re.findall(r"^COPY (?!--)(\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
            self._copy(ROOT / source, self.inside(target))
        script = self.inside("/opt/bin/emailbuilder")
        script.write_text(self.placed(script.read_text()))
        script.chmod(0o755)
        self._compile()

    def inside(self, path: str) -> Path:
        return self.folder / path.removeprefix("/")

    def placed(self, text: str) -> str:
        """With the image's paths mapped into the folder."""
        return re.sub(r"(?<![\w/])/(opt|app)(?=[/:\s]|$)", rf"{self.folder}/\1", text)

    def environment(self) -> Mapping[str, str]:
        """The last stage's ENV."""
        block = re.findall(r"^ENV ((?:.*\\\n)*.*)", DOCKERFILE, re.MULTILINE)[-1]
        pairs = (it.partition("=") for it in block.replace("\\\n", " ").split())
        return {name: self.placed(value) for name, _, value in pairs}

    def files(self) -> set[Path]:
        return {it for it in self.inside("/app").rglob("*") if it.is_file()}

    def _install(self) -> None:
        venv = self.inside("/opt/venv")
        subprocess.run([UV, "venv", "-q", "--python", sys.executable, venv], check=True)
        options = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
        lock = ROOT / "requirements" / "team.txt"
        subprocess.run(
            [UV, "pip", "install", "-q", "--python", venv / "bin" / "python", *options, "-r", lock],
            check=True,
        )

    def _compile(self) -> None:
        """As the Dockerfile does: it says that nothing is compiled where it runs."""
        options = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
        places = [self.inside("/app"), self.inside("/opt/venv/lib")]
        subprocess.run([sys.executable, "-m", "compileall", *options, *places], check=True)

    def _copy(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
