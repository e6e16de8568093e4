"""A container engine without installing one: Debian's packages, unpacked into the kept folder.

Docker comes from Debian 13, because compose's `start_interval` needs 25 or newer; runc and iptables
come from Debian 12, because those of 13 need a newer C library than 12 has. `slirp4netns` connects
the enclosure to the network, and `mmdebstrap` makes the trees of the base images.
"""

import os
import shutil
import subprocess
import sysconfig
from hashlib import sha256
from pathlib import Path

from tests.compose.engine.failures import NotRunError

NEWER = ("docker.io", "docker-cli", "containerd")
OLDER = (
    *("runc", "tini", "mmdebstrap", "slirp4netns", "libslirp0", "libglib2.0-0", "libseccomp2"),
    *("iptables", "libip4tc2", "libip6tc2", "libxtables12", "libnftnl11", "libnfnetlink0"),
    *("libmnl0", "libnetfilter-conntrack3"),
)
LINKS = {
    "usr/sbin/iptables": "xtables-nft-multi",
    "usr/sbin/ip6tables": "xtables-nft-multi",
    "usr/bin/docker-init": "tini-static",
}
COMPOSE = Path(sysconfig.get_path("purelib")) / "compose" / "docker-compose"
DOWNLOAD_SECONDS_MAX = 300
UNPACK_SECONDS_MAX = 120
RELEASES = ("bookworm", "trixie")


class Tools:
    """`root`: the unpacked files, laid out as under /."""

    def __init__(self, kept: Path) -> None:
        key = sha256(repr((NEWER, OLDER)).encode()).hexdigest()[:12]
        self._folder = kept / f"tools-{key}"
        self.root = self._folder / "root"

    @property
    def are_there(self) -> bool:
        return (self._folder / "done").exists()

    def unpack(self) -> None:
        """Raises NotRunError where Debian's packages are out of reach."""
        if self.are_there:
            return
        for old in self._folder.parent.glob("tools-*"):
            shutil.rmtree(old)
        packages = self._folder / "packages"
        for it in ("apt/lists/partial", "apt/cache/archives/partial", "packages", "root"):
            (self._folder / it).mkdir(parents=True)
        sources = "".join(f"deb {debian_mirror()} {it} main\n" for it in RELEASES)
        (self._folder / "apt" / "sources.list").write_text(sources)
        self._apt("update")
        wanted = [f"{it}/trixie" for it in NEWER] + [f"{it}/bookworm" for it in OLDER]
        self._apt("download", *wanted)
        for package in sorted(packages.glob("*.deb")):
            subprocess.run(
                ["dpkg-deb", "-x", package, self.root], check=True, timeout=UNPACK_SECONDS_MAX
            )
        for link, program in LINKS.items():
            (self.root / link).unlink(missing_ok=True)
            (self.root / link).symlink_to(program)
        shutil.rmtree(packages)
        shutil.rmtree(self._folder / "apt")
        (self._folder / "done").touch()

    def program(self, name: str) -> str:
        """Raises FileNotFoundError."""
        for place in ("bin", "sbin"):
            found = self.root / "usr" / place / name
            if found.exists():
                return str(found)
        raise FileNotFoundError(name)

    def environment(self) -> dict[str, str]:
        """An environment in which the unpacked programs are found."""
        around = dict(os.environ)  # noqa: TID251 (a child's environment)
        places = [
            f"{self.root}/usr/bin",
            f"{self.root}/usr/sbin",
            around["PATH"],
            "/usr/sbin:/sbin",
        ]
        return {
            **around,
            "PATH": ":".join(places),
            "XTABLES_LIBDIR": f"{self._libraries}/xtables",
        }

    def with_libraries(self) -> dict[str, str]:
        """For programs that need libraries that the machine lacks."""
        return {**self.environment(), "LD_LIBRARY_PATH": str(self._libraries)}

    @property
    def _libraries(self) -> Path:
        return self.root / "usr" / "lib" / "x86_64-linux-gnu"

    def _apt(self, *arguments: str) -> None:
        """Debian's own client, with separate lists and files."""
        apt = self._folder / "apt"
        options = {
            "Dir::Etc::SourceList": apt / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": apt / "lists",
            "Dir::Cache": apt / "cache",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "APT::Update::Error-Mode": "any",
        }
        given = [it for name, value in options.items() for it in ("-o", f"{name}={value}")]
        done = subprocess.run(
            ["apt-get", "-q", *given, *arguments],
            cwd=self._folder / "packages",
            capture_output=True,
            text=True,
            check=False,
            timeout=DOWNLOAD_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise NotRunError(f"Debian's packages cannot be reached: {done.stderr.strip()[-300:]}")


def debian_mirror() -> str:
    """The mirror from which this machine gets its packages. Raises NotRunError."""
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    for line in done.stdout.splitlines():
        release, _, address = line.partition(" ")
        if release in RELEASES:
            return address
    raise NotRunError(f"it needs a Debian of {' or '.join(RELEASES)}, by the sources of apt")
