"""The doctor of a team's stack on DKIM keys: whether they can be read, and what the DNS says."""

import asyncio
from pathlib import Path

import pytest

from functions.adapters.key_box import make_key
from functions.service.operations.records import CheckState
from tests.local.team.doctor_scene import Scene, dkim_key, others

pytestmark = pytest.mark.servers


def test_key_with_another_record(scene: Scene) -> None:
    """What to publish is quoted. The mail server's key does not matter while ours signs."""
    scene.keys = [dkim_key("example.com", public="AAAA")]
    scene.environment["DKIM_SELECTOR"] = "elsewhere"
    found = scene.look()
    assert found["dkim"].state is CheckState.WARNING
    assert "s1._domainkey.example.com holds another key" in found["dkim"].message
    assert "v=DKIM1; k=rsa; p=AAAA" in found["dkim"].remedy
    assert others(found, "dkim") == {CheckState.OK}


def test_key_of_the_mail_server(scene: Scene) -> None:
    """Without one of our own, the one that DKIM_SELECTOR names is looked up."""
    scene.keys = []
    assert "dkim keys" not in (found := scene.look())
    assert others(found) == {CheckState.OK}
    del scene.environment["DKIM_SELECTOR"]
    assert "emailbuilder dkim create example.com" in scene.look()["dkim"].remedy


def test_domains_of_other_senders(scene: Scene) -> None:
    """Each that has a key is looked up too, under its name."""
    scene.keys = [*scene.keys, dkim_key("other.example")]
    found = {it.name: it for it in asyncio.run(scene._look(scene._checked))}
    assert "s1._domainkey.other.example holds no key" in found["dkim of other.example"].message
    assert "v=spf1" in found["spf of other.example"].remedy


def test_domain_of_return_paths(scene: Scene) -> None:
    """It is looked up if it is set."""
    scene.environment["BOUNCE_DOMAIN"] = "b.example.com"
    found = {it.name: it for it in asyncio.run(scene._look(scene._checked))}
    assert "b.example.com has no MX record" in found["mx of b.example.com"].message
    assert "v=spf1" in found["spf of b.example.com"].remedy


def test_key_whose_secret_is_gone(scene: Scene) -> None:
    """Mail of its domain waits, so the check fails."""
    scene.keys = [dkim_key("example.com", secret="a secret that nobody remembers")]
    found = scene.look()
    assert found["dkim keys"].state is CheckState.FAILED
    assert "s1 of example.com cannot be read" in found["dkim keys"].message
    assert "SECRET_KEYS" in found["dkim keys"].remedy
    assert others(found, "dkim keys") == {CheckState.OK}
    del scene.environment["SECRET_KEYS"]
    found = scene.look()
    assert found["dkim keys"].state is CheckState.WARNING
    assert "mail is not signed" in found["dkim keys"].message


def test_keys_that_are_not_known(scene: Scene) -> None:
    """If the store does not answer, the check does not ask for a new one."""
    scene.is_migrated = False
    del scene.environment["DKIM_SELECTOR"]
    found = scene.look()
    assert found["dkim"].state is CheckState.WARNING
    assert found["dkim"].message == "Not known: the store does not answer."
    assert "create" not in found["dkim"].remedy


def test_keys_in_files(scene: Scene, tmp_path: Path) -> None:
    """They are looked up in place of the stored ones of their domain."""
    pem = tmp_path / "s7.pem"
    pem.write_bytes(make_key("ed25519"))
    scene.environment["DKIM_KEY_FILES"] = f"s7._domainkey.example.com={pem}"
    found = scene.look()
    assert found["dkim"].message == "s7._domainkey.example.com holds no key."
    assert "v=DKIM1; k=ed25519; p=" in found["dkim"].remedy
    assert others(found, "dkim") == {CheckState.OK}
