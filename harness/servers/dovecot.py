"""Dovecot: a mailbox by IMAP over TLS, in which anybody may log in with one password."""

import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from shutil import chown

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.fakes.sns import certificate
from harness.servers.child import HOST, Child, free_port, program, takes_connections

USER, PASSWORD = "returns", "a-secret:with/signs@and+plus"
MAIL_USER = "nobody"
"""Dovecot gives root no mail."""

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
protocols = imap
listen = {host}
log_path = /dev/stderr
ssl = required
ssl_cert = <{folder}/tls.pem
ssl_key = <{folder}/tls.pem
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
"""


class Dovecot(Child):
    name = "dovecot"
    is_one_process = False

    def __init__(self) -> None:
        super().__init__()
        self.port, self.plain_port = free_port(), free_port()
        self._names = count(1)
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        now = datetime.fromtimestamp(time.time(), UTC)
        self.pem = certificate(key, "localhost", now)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "tls.pem").write_bytes(private + self.pem)
        self.certificate_path = self.folder / "certificate.pem"
        self.certificate_path.write_bytes(self.pem)
        self.folder.chmod(0o755)
        for name in ("", "new", "cur", "tmp"):
            (self._mail / name).mkdir()
            chown(self._mail / name, MAIL_USER, "nogroup")
        (self.folder / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                host=HOST,
                port=self.port,
                plain_port=self.plain_port,
                user=MAIL_USER,
                group="nogroup",
                password=PASSWORD,
            )
        )

    @property
    def _mail(self) -> Path:
        return self.folder / "mail"

    @property
    def tls(self) -> ssl.SSLContext:
        """Trusts this server alone."""
        return ssl.create_default_context(cadata=self.pem.decode())

    def command(self) -> Sequence[str]:
        dovecot = program("dovecot", "dovecot-imapd", "/usr/sbin/dovecot")
        return [dovecot, "-F", "-c", str(self.folder / "dovecot.conf")]

    def answers(self) -> bool:
        return takes_connections(self.port)

    def deliver(self, content: bytes) -> None:
        """Put a mail into the mailbox, as a delivery agent does."""
        written = self._mail / "tmp" / f"{next(self._names)}.mail"
        written.write_bytes(content)
        chown(written, MAIL_USER, "nogroup")
        written.rename(self._mail / "new" / written.name)

    def unseen(self) -> int:
        """How many mails are not marked as seen."""
        kept = [*(self._mail / "new").iterdir(), *(self._mail / "cur").iterdir()]
        return sum("S" not in it.name.partition(":2,")[2] for it in kept)
