"""DKIM keys in files: for operators who keep secrets outside of the store.

Invariant: no error contains a key. It must not import adapters, because the settings use it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from functions.mail.address import AddressError, ascii_domain
from functions.mail.dkim import SIGNERS_MAX, DkimKeyError, Signer, key_record, load_signer
from functions.settings_error import SettingsError

FILES_MAX = 100
KEY_BYTES_MAX = 20_000

_NAME = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\._domainkey\.([a-z0-9.-]+\.[a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class KeyFile:
    domain: str
    selector: str
    path: Path


def parse_key_files(text: object) -> tuple[KeyFile, ...]:
    """`text`: `selector._domainkey.domain=path`, separated by commas. Raises ValueError."""
    pairs = [it.strip() for it in str(text).split(",") if it.strip()]
    if len(pairs) > FILES_MAX:
        raise ValueError(f"must name at most {FILES_MAX} files")
    return tuple(_key_file(it) for it in pairs)


def _key_file(pair: str) -> KeyFile:
    name, _, path = pair.partition("=")
    try:
        found = _NAME.fullmatch(ascii_domain(name.strip()))
    except AddressError:
        found = None
    if found is None or not path.strip():
        raise ValueError(
            "must be written as s1._domainkey.example.com=/path/of/key.pem, separated by commas"
        )
    return KeyFile(found[2], found[1], Path(path.strip()))


def load_signers(files: Iterable[KeyFile]) -> dict[str, list[Signer]]:
    """By domain. Raises SettingsError."""
    signers: dict[str, list[Signer]] = {}
    for it in files:
        try:
            made = load_signer(it.domain, it.selector, _pem(it))
        except DkimKeyError as fault:
            raise SettingsError(f"DKIM_KEY_FILES: {it.path} cannot be used: {fault}") from None
        signers.setdefault(it.domain, []).append(made)
        if len(signers[it.domain]) > SIGNERS_MAX:
            raise SettingsError(
                f"DKIM_KEY_FILES: {it.domain} has more than {SIGNERS_MAX} keys; one of each "
                "algorithm is enough"
            )
    return signers


def record_of(file: KeyFile) -> str:
    """The TXT record of its public key. Raises SettingsError."""
    try:
        return key_record(_pem(file))
    except DkimKeyError as fault:
        raise SettingsError(f"DKIM_KEY_FILES: {file.path} cannot be used: {fault}") from None


def _pem(file: KeyFile) -> bytes:
    """Raises SettingsError."""
    try:
        with file.path.open("rb") as opened:
            return opened.read(KEY_BYTES_MAX)
    except OSError as problem:
        raise SettingsError(
            f"DKIM_KEY_FILES: {file.path} cannot be read ({problem.strerror})"
        ) from None
