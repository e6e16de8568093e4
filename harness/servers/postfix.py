"""Postfix with mailboxes on disk: one instance, whose services listen on ports of their own.

Each service has a domain, `name.test`, and a mailbox folder; all names but those that begin with
`unknown` exist there. Postfix starts only as root.
"""

import os
import pwd
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from harness.servers import maildir
from harness.servers.certificate import write_certificate
from harness.servers.child import (
    HOST,
    Child,
    NotInstalledError,
    free_port,
    program,
    watched,
)

DAEMONS = "/usr/lib/postfix/sbin"
MAIL_USER = "nobody"
LOGIN = "sender"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = {host}
inet_protocols = ipv4
myhostname = mx.relay.test
mydomain = relay.test
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
notify_classes =
service_throttle_time = 1s
smtpd_client_event_limit_exceptions =
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = regexp:{folder}/etc/domains
virtual_mailbox_maps = regexp:{folder}/etc/boxes
virtual_mailbox_base = {folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = regexp:{folder}/etc/routes
smtpd_tls_chain_files = {folder}/etc/certificate.pem
cyrus_sasl_config_path = {folder}/etc/sasl
smtpd_sasl_local_domain = relay.test
"""
_MASTER = """\
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

Options = Mapping[str, str]
"""Parameters of main.cf that differ for one service."""


class Postfix(Child):
    """`services`: options by name. `routes`: the ports on this machine, by domain, to which mail
    for other domains goes by LMTP. `password`: of the user `sender`, who may log in where a service
    offers it; needs sasl2-bin.
    `ca_file`: the certificate.
    """

    name = "postfix"
    is_one_process = False

    def __init__(
        self,
        services: Mapping[str, Options],
        *,
        routes: Mapping[str, int] | None = None,
        password: str | None = None,
    ) -> None:
        if os.getuid() != 0:
            raise NotInstalledError("Postfix starts only as root")
        super().__init__()
        self.ports = {name: free_port() for name in services}
        self._etc = self.folder / "etc"
        self._write(services, routes or {})
        self.ca_file = self._etc / "certificate.pem"
        write_certificate(self.ca_file)
        if password is not None:
            self._let_in(LOGIN, password)

    def uri(self, service: str, query: str = "starttls=never") -> str:
        return f"smtp://{HOST}:{self.ports[service]}?{query}"

    def delivered(self, service: str) -> Counter[str]:
        """How often each address got a message."""
        return maildir.delivered(self._box(service), "Delivered-To")

    def arrived(self, service: str) -> int:
        """How many messages were delivered so far."""
        return maildir.arrived(self._box(service))

    def encrypted(self, service: str) -> int:
        """How many of them came over an encrypted connection."""
        return sum(" with ESMTPS" in it for it in maildir.received(self._box(service)))

    def refusals(self, service: str) -> int:
        """How often a limit of messages or connections was exceeded."""
        log = (self.folder / "mail.log").read_text(errors="replace").splitlines()
        where = f" for service {HOST}:{self.ports[service]}"
        return sum("limit exceeded: " in line and line.endswith(where) for line in log)

    def _box(self, service: str) -> Path:
        return self.folder / "mail" / service

    def conversations(self) -> list[psutil.Process]:
        """The processes that talk to clients."""
        return [it for it in psutil.Process(self.pid).children() if it.name() == "smtpd"]

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far, including those that have ended."""
        master = psutil.Process(self.pid)
        times = [master.cpu_times(), *(it.cpu_times() for it in master.children())]
        ended = times[0].children_user + times[0].children_system
        return ended + sum(it.user + it.system for it in times)

    def command(self) -> Sequence[str]:
        postfix = program("postfix", "postfix", "/usr/sbin/postfix")
        # It makes the folders of the queues, and repairs them after a kill.
        check = [postfix, "-c", str(self._etc), "check"]
        done = subprocess.run(check, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{done.stdout}{done.stderr}")
        return watched([f"{DAEMONS}/master", "-c", str(self._etc), "-s"])

    def answers(self) -> bool:
        """By its log: a connection would count for the limits of a service."""
        log = self.folder / "mail.log"
        started = f"master[{self.pid}]: daemon started"
        return log.exists() and started in log.read_text(errors="replace")

    def _write(self, services: Mapping[str, Options], routes: Mapping[str, int]) -> None:
        owner, reader = pwd.getpwnam("postfix"), pwd.getpwnam(MAIL_USER)
        self.folder.chmod(0o755)
        for name in ("etc", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.folder / "mail", reader.pw_uid, reader.pw_gid)
        given = _MAIN.format(
            folder=self.folder, daemons=DAEMONS, host=HOST, uid=reader.pw_uid, gid=reader.pw_gid
        )
        (self._etc / "main.cf").write_text(given)
        ports = (
            f"{HOST}:{self.ports[name]} inet n - n - 100 smtpd\n"
            + _lines(it, "  -o {{ {} = {} }}\n")
            for name, it in services.items()
        )
        (self._etc / "master.cf").write_text(_MASTER + "".join(ports))
        self._map("domains", (f"/^{it}\\.test$/ ok" for it in services))
        boxes = (f"/@{it}\\.test$/ {it}/" for it in services)
        self._map("boxes", ["if !/^unknown/", *boxes, "endif"])
        self._map(
            "routes",
            (
                f"/@{it.replace('.', '[.]')}$/ lmtp:inet:{HOST}:{port}"
                for it, port in routes.items()
            ),
        )

    def _let_in(self, user: str, password: str) -> None:
        users = self._etc / "users"
        make = program("saslpasswd2", "sasl2-bin", "/usr/sbin/saslpasswd2")
        command = [make, "-p", "-c", "-f", str(users), "-u", "relay.test", user]
        subprocess.run(command, input=password.encode(), check=True, timeout=60)
        shutil.chown(users, "postfix")
        (self._etc / "sasl").mkdir()
        (self._etc / "sasl" / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n"
            f"sasldb_path: {users}\n"
        )

    def _map(self, name: str, lines: Iterable[str]) -> None:
        (self._etc / name).write_text("".join(f"{it}\n" for it in lines))


def _lines(options: Options, form: str) -> str:
    return "".join(form.format(name, value) for name, value in options.items())
