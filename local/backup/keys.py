"""The keys that belong to a store: those of links in e-mails, and the secrets of DKIM keys.

They are those of the environment if it has any, otherwise those in the folder of the system on
this machine. Invariant: after a restore, the links of e-mails that the restored store sent work
again, and of the keys that were here, none is deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.home import Home

TRACKING_KEYS, SECRET_KEYS = "TRACKING_KEYS", "SECRET_KEYS"
VARIABLES = (TRACKING_KEYS, SECRET_KEYS)


@dataclass(frozen=True, slots=True)
class Keys:
    """By variable, as written in the environment. `home`: the folder that they are in; None if
    they come from the environment, where only a person can change them."""

    values: Mapping[str, str]
    home: Home | None


def keys_of(given: Mapping[str, str], home: Home) -> Keys:
    """`given`: those of the environment."""
    if given:
        return Keys(given, None)
    return Keys({TRACKING_KEYS: home.tracking_keys(), SECRET_KEYS: home.secret_keys()}, home)


def with_restored(present: Mapping[str, str], restored: Mapping[str, str]) -> dict[str, str]:
    """The variables that must change, with their new values: first the restored keys, then those
    of `present` that are others. Two tracking keys with the same id cannot both be kept; then the
    restored one counts."""
    changed = {}
    for name in VARIABLES:
        here, back = _split(present.get(name, "")), _split(restored.get(name, ""))
        if set(back) <= set(here):
            continue
        ids = {_identity(name, it) for it in back}
        others = [it for it in here if _identity(name, it) not in ids]
        changed[name] = ",".join([*back, *others])
    return changed


def _split(value: str) -> list[str]:
    return [it.strip() for it in value.split(",") if it.strip()]


def _identity(name: str, key: str) -> str:
    return key.partition(":")[0] if name == TRACKING_KEYS else key
