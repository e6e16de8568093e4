"""Create, list, use and remove the DKIM keys of domains.

Invariant: a private key leaves this module sealed, or not at all. The first key of a domain and
algorithm signs at once, because mail was not signed before; a later one waits until it is put to
use, so that its record can be published first. Putting one to use before the other is taken out
leaves a moment in which both sign, never one in which none does.
This module must not know HTTP, or who publishes the records.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from functions.mail.address import AddressError, domain_key, normalised
from functions.mail.dkim import Algorithm, key_record
from functions.service.errors import CallerError, conflict, missing
from functions.service.sending.ports import KeyBox, UnsealError
from functions.service.sending.records import DkimKey
from functions.service.sending.signing import KEYS_OF_DOMAIN_MAX
from functions.service.services import WorkspaceServices

KEYS_MAX = 500
ATTEMPTS_MAX = 8


async def create_dkim_key(
    services: WorkspaceServices, domain: str, algorithm: Algorithm
) -> DkimKey:
    """`domain`: of the From addresses that the key signs for. Raises CallerError."""
    domain = _checked(domain)
    box = _box(services)
    if len(await services.store.dkim_keys.all(services.workspace_id, KEYS_MAX)) >= KEYS_MAX:
        raise conflict("too_many_keys", f"There are {KEYS_MAX} keys: remove some first.")
    pem = await box.new_key(algorithm)
    for _ in range(ATTEMPTS_MAX):
        existing = await _of_domain(services, domain)
        if len(existing) >= KEYS_OF_DOMAIN_MAX:
            raise conflict(
                "too_many_keys", f"{domain} has {len(existing)} keys: remove those not in use."
            )
        now = await services.store.now()
        key = DkimKey(
            workspace_id=services.workspace_id,
            domain=domain,
            selector=new_selector({it.selector for it in existing}, algorithm, now),
            algorithm=algorithm,
            sealed=box.seal(pem),
            public_record=key_record(pem),
            created_at=now,
            in_use=not any(it.in_use and it.algorithm == algorithm for it in existing),
        )
        if await services.store.dkim_keys.add(key):
            return key
    raise conflict("busy", "Others are creating keys for this domain: try again.")


def new_selector(taken: Collection[str], algorithm: Algorithm, at: datetime) -> str:
    """A selector by date, so that none is used a second time: the DNS remembers old records."""
    stem = f"eb{'ed' if algorithm == 'ed25519' else ''}{at:%Y%m%d}"
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(it for it in (stem, *numbered) if it not in taken)


async def list_dkim_keys(services: WorkspaceServices) -> Sequence[DkimKey]:
    """By domain and selector."""
    return await services.store.dkim_keys.all(services.workspace_id, KEYS_MAX)


async def keys_of_domain(services: WorkspaceServices, domain: str) -> Sequence[DkimKey]:
    """At least one, by selector. Raises CallerError 404."""
    keys = await _of_domain(services, domain_key(domain))
    if not keys:
        raise missing("DKIM key of", domain)
    return keys


async def use_dkim_key(services: WorkspaceServices, domain: str, selector: str) -> DkimKey:
    """From now on this key signs instead of the others of its algorithm. Raises CallerError."""
    chosen = await _set_in_use(services, domain, selector, True)
    for it in await _of_domain(services, chosen.domain):
        if it.in_use and it.algorithm == chosen.algorithm and it.selector != selector:
            await _set_in_use(services, it.domain, it.selector, False)
    return chosen


async def remove_dkim_key(services: WorkspaceServices, domain: str, selector: str) -> None:
    """The last key too: its domain sends unsigned mail from then on. Raises CallerError 404."""
    removed = await services.store.dkim_keys.remove(
        services.workspace_id, domain_key(domain), selector
    )
    if not removed:
        raise missing(f"DKIM key of {domain} named", selector)


async def reseal_dkim_keys(services: WorkspaceServices) -> int:
    """Encrypt all keys with the first secret, so that the others can be removed. Returns how many
    there are. Raises CallerError."""
    box = _box(services)
    keys = await list_dkim_keys(services)
    for it in keys:
        await _resealed(services, box, it)
    return len(keys)


async def _resealed(services: WorkspaceServices, box: KeyBox, key: DkimKey) -> None:
    for _ in range(ATTEMPTS_MAX):
        try:
            sealed = box.seal(box.unseal(key.sealed))
        except UnsealError as problem:
            raise conflict(
                "dkim_key_unusable",
                f"The key {key.selector} of {key.domain} cannot be read: {problem}.",
            ) from problem
        if await services.store.dkim_keys.save(
            replace(key, sealed=sealed, revision=key.revision + 1)
        ):
            return
        found = [it for it in await _of_domain(services, key.domain) if it.selector == key.selector]
        if not found:
            return
        key = found[0]
    raise conflict("busy", "Others are changing this key at the moment: try again.")


async def _set_in_use(
    services: WorkspaceServices, domain: str, selector: str, in_use: bool
) -> DkimKey:
    for _ in range(ATTEMPTS_MAX):
        keys = await keys_of_domain(services, domain)
        found = [it for it in keys if it.selector == selector]
        if not found:
            raise missing(f"DKIM key of {domain} named", selector)
        if found[0].in_use is in_use:
            return found[0]
        changed = replace(found[0], in_use=in_use, revision=found[0].revision + 1)
        if await services.store.dkim_keys.save(changed):
            return changed
    raise conflict("busy", "Others are changing this key at the moment: try again.")


async def _of_domain(services: WorkspaceServices, domain: str) -> Sequence[DkimKey]:
    return await services.store.dkim_keys.of_domain(
        services.workspace_id, domain, KEYS_OF_DOMAIN_MAX
    )


def _checked(typed: str) -> str:
    """Raises CallerError."""
    try:
        return normalised(f"postmaster@{typed.strip()}").rpartition("@")[2]
    except AddressError as error:
        raise CallerError(
            422, "bad_domain", f"{typed[:100]!r} is not a domain such as example.com.", "domain"
        ) from error


def _box(services: WorkspaceServices) -> KeyBox:
    """Raises CallerError."""
    if services.identity.key_box is None:
        raise conflict(
            "no_secrets",
            "Keys are stored encrypted, and SECRET_KEYS is not set: set it to a long random text.",
        )
    return services.identity.key_box
