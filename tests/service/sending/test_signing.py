"""Mail leaves signed by the keys of its sender's domain, and never unsigned by mistake."""

from dataclasses import replace

import pytest

from functions.adapters.sqlite import SqliteStore
from functions.flow.lead import State
from functions.mail.dkim import load_signer
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.sending.dkim_keys import create_dkim_key, use_dkim_key
from functions.service.sending.signing import (
    KEPT_SECONDS,
    SendingIdentity,
    Signing,
    UnusableKeyError,
)
from harness.fakes.scenes import (
    click_flow,
    email,
    flow,
    in_world,
    just_launched,
    launched,
    only_lead,
)
from harness.fakes.signing import able_to_sign, verified_by
from harness.fakes.world import FakeWorld

DOMAIN = "example.com"
ENVELOPE = Envelope(
    "<1@example.com>", "a@example.com", "b@example.org", "Hi", b"From: a\r\n\r\nx\r\n"
)


def trips(world: FakeWorld) -> list[str]:
    """From now on, the calls of the port."""
    calls: list[str] = []
    assert isinstance(world.store, SqliteStore)
    world.store.trace(calls.append)
    return calls


@in_world
async def test_mail_is_signed_by_each_key_in_use(world: FakeWorld) -> None:
    """RSA first, Ed25519 besides; another implementation verifies both."""
    able_to_sign(world)
    keys = [await create_dkim_key(world.made, DOMAIN, it) for it in ("rsa", "ed25519")]
    await launched(world, flow([email("mail")]))
    (sent,) = world.transport.sent
    assert sent.content.count(b"DKIM-Signature:") == 2
    assert sorted(verified_by(sent.content, keys)) == sorted(it.selector for it in keys)


@in_world
async def test_mail_of_other_domains_is_not_signed(world: FakeWorld) -> None:
    """Neither by the key of the domain above nor by one that waits."""
    able_to_sign(world)
    await create_dkim_key(world.made, "other.example", "ed25519")
    await launched(world, flow([email("mail")]))
    assert b"DKIM-Signature" not in world.transport.sent[0].content


@in_world
async def test_without_secrets_the_store_is_never_asked(world: FakeWorld) -> None:
    """And messages pass as they are."""
    calls = trips(world)
    await launched(world, flow([email("mail")]))
    assert len(world.transport.sent) == 1
    assert not [it for it in calls if it.startswith("dkim_keys.")]
    now = await world.store.now()
    assert await world.made.signing.signed(DEFAULT_WORKSPACE, DOMAIN, ENVELOPE, now) is ENVELOPE


@in_world
async def test_keys_are_read_once_a_minute(world: FakeWorld) -> None:
    """Also where a domain has none; a new key signs as soon as they are read again."""
    able_to_sign(world)
    calls = trips(world)
    signing = world.made.signing

    async def is_signed() -> bool:
        now = await world.store.now()
        done = await signing.signed(DEFAULT_WORKSPACE, DOMAIN, ENVELOPE, now)
        return b"DKIM-Signature" in done.content

    assert not await is_signed()
    await create_dkim_key(world.made, DOMAIN, "ed25519")
    calls.clear()
    assert not await is_signed()
    assert calls == []
    world.clock.advance(KEPT_SECONDS)
    assert await is_signed()
    assert await is_signed()
    assert calls == ["dkim_keys.of_domain"]


@in_world
async def test_later_key_signs_once_it_is_put_to_use(world: FakeWorld) -> None:
    """Until then its record can be published; afterwards the earlier one no longer signs."""
    able_to_sign(world)
    first = await create_dkim_key(world.made, DOMAIN, "ed25519")
    second = await create_dkim_key(world.made, DOMAIN, "ed25519")
    lead = await launched(world, click_flow(wait_seconds=KEPT_SECONDS + 1))
    assert lead.state is State.WAITING
    await use_dkim_key(world.made, DOMAIN, second.selector)
    await world.pass_time(KEPT_SECONDS + 20)
    signed_by = [verified_by(it.content, [first, second]) for it in world.transport.sent]
    assert signed_by == [[first.selector], [second.selector]]


@in_world
async def test_key_that_cannot_be_read_holds_mail_back(world: FakeWorld) -> None:
    """It is sent, signed, once the secret is back."""
    able_to_sign(world)
    key = await create_dkim_key(world.made, DOMAIN, "ed25519")
    able_to_sign(world, "another secret, as long as the first")
    await just_launched(world, flow([email("mail")]))
    with pytest.raises(ExceptionGroup) as failed:
        await world.settle()
    assert [type(it) for it in failed.value.exceptions] == [UnusableKeyError]
    assert world.transport.sent == []
    assert (await only_lead(world)).state is State.SENDING
    now = await world.store.now()
    with pytest.raises(UnusableKeyError, match=f"{key.selector} of {DOMAIN}.*SECRET_KEYS"):
        await world.made.signing.signed(DEFAULT_WORKSPACE, DOMAIN, ENVELOPE, now)
    able_to_sign(world)
    await world.pass_time(120, step_seconds=5)
    assert [verified_by(it.content, [key]) for it in world.transport.sent] == [[key.selector]]


@in_world
async def test_keys_in_files_take_the_place_of_stored_ones(world: FakeWorld) -> None:
    """For their domains; they need no secrets and no query."""
    able_to_sign(world)
    await create_dkim_key(world.made, DOMAIN, "ed25519")
    box = world.made.identity.key_box
    assert box is not None
    signer = load_signer(DOMAIN, "file", await box.new_key("ed25519"))
    identity = SendingIdentity(key_box=box, file_signers={DOMAIN: [signer]})
    calls = trips(world)
    signing = Signing(world.store.dkim_keys, identity)
    now = await world.store.now()
    done = await signing.signed(DEFAULT_WORKSPACE, DOMAIN, ENVELOPE, now)
    assert done.content.count(b"DKIM-Signature") == 1
    assert b"s=file;" in done.content
    assert not [it for it in calls if it.startswith("dkim_keys.")]
    alone = Signing(world.store.dkim_keys, replace(identity, key_box=None))
    assert (await alone.signed(DEFAULT_WORKSPACE, DOMAIN, ENVELOPE, now)).content == done.content


@pytest.mark.parametrize(
    ("host", "spf", "leaves_out"),
    [
        ("smtp.example.net", "a:smtp.example.net", False),
        ("192.0.2.7", "ip4:192.0.2.7", False),
        ("2001:db8::7", "ip6:2001:db8::7", False),
        ("email-smtp.eu-west-1.amazonaws.com", "include:amazonses.com", True),
    ],
)
def test_identity_follows_from_the_mail_server(host: str, spf: str, leaves_out: bool) -> None:
    """Amazon SES replaces headers that others leave as they are."""
    identity = SendingIdentity.of_server(host, key_box=None)
    assert identity.spf == spf
    assert ("message-id" in identity.left_out) is leaves_out
