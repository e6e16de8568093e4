"""The doctor of a team's stack on DKIM keys: whether they can be read, and what the DNS says."""

import asyncio

import pytest

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
    scene.environment["DKIM_SELECTOR"] = "s1"
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
