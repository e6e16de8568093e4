"""A world that can sign its mail, and what a receiver finds out about a signature."""

import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import dkim

from functions.adapters.key_box import FernetKeyBox
from functions.service.sending.records import DkimKey
from functions.service.sending.signing import SendingIdentity
from harness.fakes.world import FakeWorld

FAR_FUTURE = 10_000_000_000
SECRET = "a secret of tests only and long enough"


def able_to_sign(world: FakeWorld, *secrets: str, spf: str = "") -> None:
    """From now on; the first secret seals."""
    identity = SendingIdentity(key_box=FernetKeyBox(secrets or (SECRET,)), spf=spf)
    world.made = replace(world.made, identity=identity)


def verified_by(message: bytes, keys: Sequence[DkimKey]) -> list[str]:
    """The selectors of the signatures that another implementation accepts, in order."""
    records = {
        f"{it.selector}._domainkey.{it.domain}.".encode(): it.public_record.encode() for it in keys
    }

    def published(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    accepted = []
    # The clock of a world is ahead of the real one, and signatures from the future are refused.
    with patch.object(dkim, "time", SimpleNamespace(time=lambda: FAR_FUTURE)):
        for index, _ in enumerate(re.findall(rb"(?m)^DKIM-Signature:", message)):
            verifier = dkim.DKIM(message)
            if verifier.verify(index, dnsfunc=published):
                accepted.append(verifier.selector.decode())
    return accepted
