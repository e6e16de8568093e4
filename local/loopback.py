"""Which addresses only this machine can reach.

Invariant: an address that is not known to be loopback counts as reachable from other machines.
"""

from ipaddress import ip_address

LOOPBACK = "127.0.0.1"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
