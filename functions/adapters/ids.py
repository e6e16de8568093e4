"""New names that nobody can guess."""

import secrets


def new_token() -> str:
    """26 characters of a-z and 2-7 from 130 random bits, safe in ids and URLs."""
    bits = secrets.randbits(130)
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[(bits >> (5 * i)) & 31] for i in range(26))
