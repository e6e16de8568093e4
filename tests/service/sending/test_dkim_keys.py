"""Keys of domains: made, sealed, put to use, removed; and the records to publish."""

import asyncio
from datetime import UTC, datetime

import pytest

from functions.adapters.key_box import FernetKeyBox
from functions.mail.dkim import Algorithm, key_record, load_signer
from functions.service.errors import CallerError
from functions.service.sending.dkim_keys import (
    create_dkim_key,
    keys_of_domain,
    list_dkim_keys,
    new_selector,
    remove_dkim_key,
    reseal_dkim_keys,
    use_dkim_key,
)
from functions.service.sending.dns_records import is_public_host, records_of
from functions.service.sending.ports import UnsealError
from harness.fakes.scenes import in_world
from harness.fakes.signing import SECRET, able_to_sign
from harness.fakes.world import FakeWorld

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OTHER = "another secret, as long as the first"


@in_world
async def test_private_key_is_stored_sealed(world: FakeWorld) -> None:
    """The secret opens it, another does not; the stored record is that of its public key."""
    able_to_sign(world)
    key = await create_dkim_key(world.made, " Straße.example ", "rsa")
    assert (key.domain, key.in_use) == ("xn--strae-oqa.example", True)
    assert await list_dkim_keys(world.made) == [key]
    pem = FernetKeyBox((SECRET,)).unseal(key.sealed)
    assert key_record(pem) == key.public_record
    assert load_signer("d", "s", pem).algorithm == "rsa"
    with pytest.raises(UnsealError) as caught:
        FernetKeyBox((OTHER,)).unseal(key.sealed)
    assert SECRET not in repr(caught.value)


@in_world
async def test_first_key_of_an_algorithm_signs_at_once(world: FakeWorld) -> None:
    """A later one waits; putting it to use takes out the other of its algorithm only."""
    able_to_sign(world)
    wanted: list[Algorithm] = ["rsa", "ed25519", "ed25519"]
    rsa, first, second = [await create_dkim_key(world.made, "a.example", it) for it in wanted]
    assert [it.in_use for it in (rsa, first, second)] == [True, True, False]
    await use_dkim_key(world.made, "A.example", second.selector)
    for _ in range(2):
        keys = await keys_of_domain(world.made, "a.example")
        in_use = {it.selector for it in keys if it.in_use}
        assert in_use == {rsa.selector, second.selector}
        # Once more changes nothing.
        await use_dkim_key(world.made, "a.example", second.selector)


def test_selectors_are_dated_and_differ() -> None:
    """None is used a second time while the DNS may remember its record."""
    assert new_selector((), "rsa", AT) == "eb20261124"
    assert new_selector(("eb20261124",), "ed25519", AT) == "ebed20261124"
    taken = ("eb20261124", "eb20261124-2", "eb20261124-3")
    assert new_selector(taken, "rsa", AT) == "eb20261124-4"


@in_world
async def test_keys_can_be_sealed_anew(world: FakeWorld) -> None:
    """By the first secret, so that the old one can be removed."""
    able_to_sign(world)
    made = [await create_dkim_key(world.made, it, "ed25519") for it in ("a.example", "b.example")]
    able_to_sign(world, OTHER, SECRET)
    assert await reseal_dkim_keys(world.made) == 2
    opens = FernetKeyBox((OTHER,))
    for before, after in zip(made, await list_dkim_keys(world.made), strict=True):
        assert key_record(opens.unseal(after.sealed)) == before.public_record
        assert (after.in_use, after.revision) == (True, 2)


@in_world
async def test_secret_that_is_missing_is_named_when_sealing_anew(world: FakeWorld) -> None:
    """Nothing is written then."""
    able_to_sign(world)
    key = await create_dkim_key(world.made, "a.example", "ed25519")
    able_to_sign(world, OTHER)
    with pytest.raises(CallerError, match=r"SECRET_KEYS") as caught:
        await reseal_dkim_keys(world.made)
    assert caught.value.code == "dkim_key_unusable"
    assert await list_dkim_keys(world.made) == [key]


@in_world
async def test_removed_key_is_gone(world: FakeWorld) -> None:
    """A second removal finds nothing."""
    able_to_sign(world)
    key = await create_dkim_key(world.made, "a.example", "ed25519")
    await remove_dkim_key(world.made, "a.example", key.selector)
    for refused in (
        remove_dkim_key(world.made, "a.example", key.selector),
        use_dkim_key(world.made, "a.example", key.selector),
    ):
        with pytest.raises(CallerError) as caught:
            await refused
        assert caught.value.status == 404


@pytest.mark.parametrize("domain", ["", "example", "a@example.com", "https://example.com", "a b.c"])
@in_world
async def test_what_is_no_domain_is_refused(world: FakeWorld, domain: str) -> None:
    """With the field, and what a domain looks like."""
    able_to_sign(world)
    with pytest.raises(CallerError, match=r"not a domain such as example.com") as caught:
        await create_dkim_key(world.made, domain, "ed25519")
    assert (caught.value.status, caught.value.field) == (422, "domain")


@in_world
async def test_without_secrets_no_key_is_created(world: FakeWorld) -> None:
    """The setting is named."""
    with pytest.raises(CallerError, match="SECRET_KEYS is not set") as caught:
        await create_dkim_key(world.made, "a.example", "ed25519")
    assert caught.value.status == 409


@pytest.mark.parametrize(
    ("text", "message"),
    [("short", "at least 32 characters"), (",".join([SECRET] * 11), "at most 10")],
)
def test_unfit_secrets_are_refused(text: str, message: str) -> None:
    """Without showing them."""
    with pytest.raises(ValueError, match=message) as caught:
        FernetKeyBox.parse(text)
    assert SECRET not in str(caught.value)
    assert FernetKeyBox.parse(" , ") is None


@in_world
async def test_records_of_a_domain(world: FakeWorld) -> None:
    """One for each key, and those of SPF, DMARC, bounces and links."""
    able_to_sign(world)
    wanted: list[Algorithm] = ["rsa", "ed25519"]
    keys = [await create_dkim_key(world.made, "a.example", it) for it in wanted]
    records = records_of(
        "a.example",
        keys,
        spf="a:smtp.example.net",
        public_url="https://go.a.example/x",
        bounce_domain="",
    )
    assert [(it.purpose, it.name, it.type, it.value) for it in records] == [
        *(("dkim", f"{it.selector}._domainkey.a.example", "TXT", it.public_record) for it in keys),
        ("spf", "a.example", "TXT", "v=spf1 a:smtp.example.net ~all"),
        ("dmarc", "_dmarc.a.example", "TXT", "v=DMARC1; p=none"),
        ("return_path", "a.example", "MX", None),
        ("links", "go.a.example", "A or CNAME", None),
    ]


def test_keys_are_made_beside_the_event_loop() -> None:
    """Which turns meanwhile, so that no request waits for the primes."""

    async def turns() -> int:
        making = asyncio.create_task(FernetKeyBox((SECRET,)).new_key("rsa"))
        turned = 0
        while not making.done():
            await asyncio.sleep(0)
            turned += 1
        return turned

    # One to begin with, one to see that it is done.
    assert asyncio.run(turns()) > 2


@pytest.mark.parametrize(
    ("host", "exchange"), [("go.a.example", "10 go.a.example"), ("192.0.2.1", None)]
)
def test_records_of_return_paths(host: str, exchange: str | None) -> None:
    """Their domain needs an MX to the receiver and an SPF record, which receivers look for there;
    only answers go to the sender's domain."""
    records = records_of(
        "a.example",
        [],
        spf="a:smtp.example.net",
        public_url=f"https://{host}",
        bounce_domain="b.a.example",
    )
    returns = [it for it in records if it.purpose == "return_path"]
    assert [(it.name, it.type, it.value) for it in returns] == [
        ("b.a.example", "MX", exchange),
        ("b.a.example", "TXT", "v=spf1 a:smtp.example.net ~all"),
        ("a.example", "MX", None),
    ]
    assert "bounces" not in returns[-1].hint


@pytest.mark.parametrize(
    ("host", "is_public"),
    [
        ("mail.example.com", True),
        ("localhost", False),
        ("a.localhost", False),
        ("box.local", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("[192.0.2.1]", False),
        ("", False),
    ],
)
def test_hosts_that_the_dns_can_know(host: str, is_public: bool) -> None:
    """The others need no record."""
    assert is_public_host(host) is is_public
