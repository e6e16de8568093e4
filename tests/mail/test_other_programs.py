"""What mail servers make of our mail, by Debian's own programs, where they are installed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.mail.compose import Recipient, compile_email
from functions.mail.dkim import key_name, key_record, signed
from harness.servers.dns import DnsServer
from tests.frontend.test_starters import KEYRING, STARTERS, emails, read
from tests.mail.test_compose import ANN, compiled
from tests.mail.test_dkim import AT, PEMS, SIGNERS

SCORE_MAX = 1.0

pytestmark = pytest.mark.long


def installed(program: str) -> pytest.MarkDecorator:
    path = shutil.which(program, path="/usr/sbin:/usr/bin")
    return pytest.mark.skipif(path is None, reason=f"{program} is not installed")


@installed("opendkim")
def test_opendkim_verifies_our_signature(tmp_path: Path) -> None:
    """By the RSA key; a changed message is not accepted."""
    keys = tmp_path / "keys"
    keys.write_text(f"{key_name('example.com', 's-rsa')} {key_record(PEMS['rsa'])}\n")
    settings = tmp_path / "opendkim.conf"
    settings.write_text(f"Mode v\nTestPublicKeys {keys}\nSyslog no\n")
    message = signed(compiled().render(ANN, AT).content, SIGNERS[:1], AT)

    def verdict(content: bytes) -> str:
        path = tmp_path / "message"
        path.write_bytes(content)
        done = subprocess.run(
            ["/usr/sbin/opendkim", "-x", settings, "-vv", "-t", path],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert "verification (s=s-rsa, d=example.com, 2048-bit key) succeeded" in verdict(message)
    assert "succeeded" not in verdict(message.replace(b"Subject: Hi Ann", b"Subject: Hi Eve"))


@installed("spamassassin")
@pytest.mark.parametrize("starter", STARTERS, ids=lambda it: it.stem)
def test_spamassassin_has_nothing_against_our_templates(starter: Path) -> None:
    """With its default rules, and a DNS that knows our key and nothing else."""
    record = key_record(PEMS["rsa"])
    strings = " ".join(f'"{record[at : at + 255]}"' for at in range(0, len(record), 255))
    zone = {f"{key_name('example.com', 's-rsa')} TXT": [strings]}
    with DnsServer(zone) as server:
        for content in messages(starter):
            report = asked(content, server.port)
            found = re.search(r"^X-Spam-Status: \w+, score=(-?[\d.]+)", report, re.M)
            assert found is not None, report
            assert "DKIM_VALID_AU" in report
            assert float(found[1]) <= SCORE_MAX, report[-3000:]


def messages(starter: Path) -> Iterator[bytes]:
    """Each e-mail of a starter, signed."""
    recipient = Recipient("lead_x_1_1", 1, 1, "ann@example.com", {"first_name": "Ann"})
    for node in emails(read(starter)):
        configuration = node.configuration
        email = compile_email(
            subject=configuration.subject,
            body=configuration.body or "",
            from_name="Ada of Example",
            from_email="news@example.com",
            preheader=configuration.preheader,
            reply_to="help@example.com",
            campaign_id="x",
            campaign_name="X",
            campaign_created_at=AT,
            node_id=node.id,
            public_url="https://mail.example.com",
            keyring=KEYRING,
        )
        yield signed(email.render(recipient, AT).content, SIGNERS[:1], AT)


def asked(content: bytes, dns_port: int) -> str:
    """What SpamAssassin says about a message."""
    settings = (f"dns_server 127.0.0.1:{dns_port}", "dns_available yes", "skip_rbl_checks 1")
    done = subprocess.run(
        ["/usr/bin/spamassassin", "--test-mode", *(f"--cf={it}" for it in settings)],
        input=content,
        capture_output=True,
        check=False,
    )
    return done.stdout.decode(errors="replace")
