"""Exim with mailboxes on disk: at most 20 messages a connection, at most 10 connections a host.

It runs from a folder into which its packages are unpacked, because Debian installs either Postfix
or Exim. Names that begin with `unknown` are accepted, and their mail comes back. It has to be
started by root.
"""

import os
import pwd
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.servers import maildir
from harness.servers.child import (
    HOST,
    Child,
    NotInstalledError,
    free_port,
    takes_connections,
    watched,
)

PROGRAM = Path(__file__).parents[2] / ".venvs" / "exim" / "usr" / "sbin" / "exim4"
MAIL_USER = "Debian-exim"
CONNECTIONS_MAX = 10
MESSAGES_PER_CONNECTION_MAX = 20

_CONFIGURATION = """\
exim_user = {user}
exim_group = {group}
never_users =
deliver_drop_privilege = true
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s.log
pid_file_path = {folder}/spool/exim.pid
primary_hostname = mx.relay.test
local_interfaces = {host}
daemon_smtp_ports = {port}
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
add_environment =
keep_environment =
smtp_accept_max = 100
smtp_accept_max_per_host = {connections}
smtp_accept_max_per_connection = {messages}
smtp_accept_queue_per_connection = 1000
smtp_reserve_hosts =
acl_smtp_rcpt = accept
acl_smtp_data = accept
begin routers
{routes}
unknown:
  driver = redirect
  local_parts = ^unknown
  allow_fail
  data = :fail: no such user here
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  envelope_to_add
  return_path_add
  user = {user}
{transports}
begin retry
* * F,1h,1s
"""
_ROUTE = """\
route{number}:
  driver = manualroute
  domains = {domain}
  route_list = * {host} byname
  self = send
  transport = to{number}
"""
_TRANSPORT = """\
to{number}:
  driver = smtp
  port = {port}
  allow_localhost
"""


class Exim(Child):
    """`routes`: the ports on this machine, by domain, to which mail for other domains goes."""

    name = "exim"
    is_one_process = False

    def __init__(self, *, routes: dict[str, int] | None = None) -> None:
        if not PROGRAM.exists():
            raise NotInstalledError("Exim is not unpacked into .venvs/exim (`make relays`)")
        if os.getuid() != 0:
            raise NotInstalledError("Exim can only be started by root")
        super().__init__()
        self.port = free_port()
        self._write(routes or {})

    @property
    def uri(self) -> str:
        return f"smtp://{HOST}:{self.port}?starttls=never"

    def delivered(self) -> Counter[str]:
        """How often each address got a message."""
        return maildir.delivered(self.folder / "mail", "Envelope-to")

    def refusals(self) -> int:
        """How often a host had too many connections."""
        log = (self.folder / "log" / "main.log").read_text(errors="replace")
        return log.count("refused: too many connections")

    def command(self) -> Sequence[str]:
        queue_runs = "-q1s"  # takes up what a restart left
        return watched([str(PROGRAM), "-C", str(self.folder / "exim.conf"), "-bdf", queue_runs])

    def answers(self) -> bool:
        return takes_connections(self.port)

    def _write(self, routes: dict[str, int]) -> None:
        user = pwd.getpwnam(MAIL_USER)
        self.folder.chmod(0o755)
        for name in ("spool", "log", "mail"):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, user.pw_uid, user.pw_gid)
        numbered = list(enumerate(routes.items()))
        (self.folder / "exim.conf").write_text(
            _CONFIGURATION.format(
                user=MAIL_USER,
                group=MAIL_USER,
                program=PROGRAM,
                folder=self.folder,
                host=HOST,
                port=self.port,
                connections=CONNECTIONS_MAX,
                messages=MESSAGES_PER_CONNECTION_MAX,
                routes="".join(
                    _ROUTE.format(number=number, domain=domain, host=HOST)
                    for number, (domain, _) in numbered
                ),
                transports="".join(
                    _TRANSPORT.format(number=number, port=port) for number, (_, port) in numbered
                ),
            )
        )
