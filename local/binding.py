"""Where a server may listen: on this machine as it likes, beyond it only behind a lock.

Invariant: what cannot be told to be loopback is taken for reachable by others.
"""

from ipaddress import ip_address

from functions.access import ApiTokens
from functions.settings import SettingsError


def check_binding(host: str, tokens: ApiTokens) -> None:
    """`host`: as the server is given it; empty means every address. Raises SettingsError."""
    if not tokens and not is_loopback(host):
        raise SettingsError(
            f"API_TOKENS is not set, and {host or 'every address'} can be reached from other "
            "machines: set it to a token (`emailbuilder token` makes one), or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
