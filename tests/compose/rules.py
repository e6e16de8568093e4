"""Rules for every service: each returns what is wrong with a service, or nothing."""

import re
from collections.abc import Callable

from tests.compose.composed import Service

Rule = Callable[[Service], str | None]


def runs_once(service: Service) -> bool:
    return str(service["restart"]).startswith("on-failure")


def root_is_read_only(service: Service) -> str | None:
    return None if service.get("read_only") is True else "read_only is not set"


def has_no_capability(service: Service) -> str | None:
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
        return "it keeps capabilities"
    return None


def gains_no_privilege(service: Service) -> str | None:
    if "no-new-privileges:true" not in service.get("security_opt", []):
        return "it may gain privileges"
    return "it is privileged" if service.get("privileged") else None


def is_not_root(service: Service) -> str | None:
    """By number, since a name would be looked up in the image."""
    user = service.get("user", "")
    return None if re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) else f"it runs as {user or 'root'}"


def shares_nothing_with_the_host(service: Service) -> str | None:
    shared = {"network_mode", "pid", "ipc", "userns_mode", "devices"} & set(service)
    return f"{shared} of the host" if shared else None


def writes_to_named_volumes_only(service: Service) -> str | None:
    for it in service.get("volumes", []):
        if it["type"] == "bind" and not it.get("read_only"):
            return f"it may write to {it['source']} of the host"
    return None


def owns_its_temporary_folders(service: Service) -> str | None:
    """The engine gives an empty folder to root, with the mode of the folder below it: fine for
    /tmp, which everybody may write, and for no other.
    """
    uid, _, gid = service.get("user", "").partition(":")
    for folder, _, options in (it.partition(":") for it in service.get("tmpfs", [])):
        given = options.split(",")
        if not any(it.startswith("size=") for it in given):
            return f"{folder} may fill the memory"
        if folder != "/tmp" and not {f"uid={uid}", f"gid={gid}", "mode=0700"} <= set(given):
            return f"it cannot write to {folder}"
    return None


def has_limits(service: Service) -> str | None:
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    missing = {"cpus", "memory", "pids"} - set(limits)
    return f"no limit of {missing}" if missing else None


def logs_are_bounded(service: Service) -> str | None:
    options = service.get("logging", {}).get("options", {})
    return None if {"max-size", "max-file"} <= set(options) else "its logs grow for ever"


def comes_back(service: Service) -> str | None:
    """Always for a server, a few times for a one-time task."""
    restart = service.get("restart", "no")
    is_bounded = re.fullmatch(r"unless-stopped|on-failure:\d", restart)
    return None if is_bounded else f"restart is {restart}"


def tells_its_health(service: Service) -> str | None:
    check = service.get("healthcheck", {})
    if runs_once(service):
        return None
    missing = {"test", "interval", "timeout", "retries", "start_period"} - set(check)
    return f"its check has no {missing}" if missing else None


def is_pinned(service: Service) -> str | None:
    """To one release, or built here."""
    image = service["image"]
    return None if re.search(r":(v?\d+\.\d+\.\d+(-[a-z]+)*|local)$", image) else f"{image} drifts"


RULES: tuple[Rule, ...] = (
    root_is_read_only,
    has_no_capability,
    gains_no_privilege,
    is_not_root,
    shares_nothing_with_the_host,
    writes_to_named_volumes_only,
    owns_its_temporary_folders,
    has_limits,
    logs_are_bounded,
    comes_back,
    tells_its_health,
    is_pinned,
)
