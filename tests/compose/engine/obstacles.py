"""What keeps this machine from running a container engine, in words.

Only properties of the machine: an error later is a failure, not an obstacle.
"""

import ctypes
import os
import platform
import shutil
from pathlib import Path

PROGRAMS = ("unshare", "mount", "apt-get", "dpkg-deb", "perl", "npm")
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}
FILE_SYSTEMS = ("overlay", "tmpfs")
_CLONE_NEWNS, _CLONE_NEWPID, _CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000


def obstacle() -> str | None:
    """The first obstacle, as the end of "because …"; None if there is none."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return "it needs Linux on x86_64"
    if os.getuid() != 0:
        return "it needs root"
    missing = [it for it in PROGRAMS if shutil.which(it) is None]
    if missing:
        return f"it needs Debian with {', '.join(missing)}"
    lacking = [name for name, bit in CAPABILITIES.items() if not _has(bit)]
    if lacking:
        return f"root lacks {', '.join(lacking)} here"
    known = Path("/proc/filesystems").read_text().split()
    unknown = [it for it in FILE_SYSTEMS if it not in known]
    if unknown:
        return f"the kernel has no {', '.join(unknown)}"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    if not _may_unshare():
        return "the kernel allows no namespaces"
    return None


def _has(bit: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(it for it in status.splitlines() if it.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> bit & 1)


def _may_unshare() -> bool:
    """Tried in a child process that ends at once."""
    child = os.fork()
    if child == 0:
        wanted = _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET
        os._exit(ctypes.CDLL(None).unshare(wanted) != 0)
    _, status = os.waitpid(child, 0)
    return status == 0
