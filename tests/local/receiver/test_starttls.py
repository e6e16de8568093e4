"""The receiver by STARTTLS: a report comes encrypted, within the same bounds."""

import asyncio
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from functions.service.audience.records import SuppressionReason
from functions.settings_error import SettingsError
from harness.fakes.scenes import in_world
from harness.fakes.sns import certificate
from harness.fakes.world import FakeWorld
from harness.patience import patience
from local.receiver.server import ReceiverLimits
from local.receiver.tls import receiver_tls
from tests.local.receiver.test_receiver import Scene, scene


class Files:
    """A certificate for `localhost` and its key."""

    def __init__(self, folder: Path) -> None:
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        pem = certificate(key, "localhost", datetime.fromtimestamp(time.time(), UTC))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.certificate, self.key = folder / "tls.crt", folder / "tls.key"
        self.certificate.write_bytes(pem)
        self.key.write_bytes(private)
        self.trusted = ssl.create_default_context(cadata=pem.decode())

    def tls(self) -> ssl.SSLContext:
        made = receiver_tls(str(self.certificate), str(self.key))
        assert made is not None
        return made


@in_world
async def test_bounce_comes_by_starttls(world: FakeWorld, tmp_path: Path) -> None:
    """Servers that do not ask for it still get through."""
    files = Files(tmp_path)
    async with scene(world, tls=files.tls()) as it, it.client() as plain:
        await plain.ehlo()
        assert plain.supports_extension("starttls")
        client = aiosmtplib.SMTP(
            hostname="localhost",
            port=it.port,
            start_tls=True,
            tls_context=files.trusted,
            local_hostname="mx.example.org",
        )
        async with client:
            _, answer = await client.sendmail("", [it.path], it.mail("postfix-unknown-user"))
        assert "Recorded" in answer
        assert await it.reason() is SuppressionReason.HARD_BOUNCE


@in_world
async def test_failed_handshakes_take_no_connection_away(world: FakeWorld, tmp_path: Path) -> None:
    """However many there were, as many connections as before are accepted."""
    limits = ReceiverLimits(connections_max=1)
    async with scene(world, limits, Files(tmp_path).tls()) as it:
        for given in (b"this is no handshake\r\n", b"", b"\x16\x03\x01"):
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            assert (await reader.readline()).startswith(b"220")
            writer.write(b"STARTTLS\r\n")
            assert (await reader.readline()).startswith(b"220")
            writer.write(given)
            writer.close()
            async with asyncio.timeout(patience(10)):
                while not await is_free(it):
                    pass


async def is_free(it: Scene) -> bool:
    """Whether the receiver accepts a connection."""
    try:
        async with it.client():
            return True
    except aiosmtplib.SMTPConnectResponseError:
        return False


def test_files_are_checked(tmp_path: Path) -> None:
    """The error names the settings."""
    files = Files(tmp_path)
    assert receiver_tls("", "") is None
    for given, name in (
        (("", str(files.key)), "RECEIVER_KEY_FILE is set"),
        ((str(tmp_path / "nothing"), ""), "RECEIVER_CERTIFICATE_FILE"),
        ((str(files.certificate), ""), "RECEIVER_CERTIFICATE_FILE"),
        ((str(files.key), str(files.certificate)), "RECEIVER_CERTIFICATE_FILE"),
    ):
        with pytest.raises(SettingsError, match=name):
            receiver_tls(*given)
