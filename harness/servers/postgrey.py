"""Postgrey: tells Postfix to refuse each sender and recipient once, for some seconds."""

import os
import pwd
from collections.abc import Sequence

from harness.servers.child import HOST, Child, free_port, program, takes_connections, watched

USER = "nobody"


class Postgrey(Child):
    name = "postgrey"
    is_one_process = False

    def __init__(self, delay_seconds: int) -> None:
        super().__init__()
        self.port = free_port()
        self._delay_seconds = delay_seconds
        self.folder.chmod(0o755)
        records = self.folder / "records"
        records.mkdir()
        user = pwd.getpwnam(USER)
        os.chown(records, user.pw_uid, user.pw_gid)

    @property
    def check(self) -> str:
        """The restriction by which Postfix asks it."""
        return f"check_policy_service inet:{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        empty = self.folder / "nobody"
        empty.touch()
        return watched(
            [
                program("postgrey", "postgrey", "/usr/sbin/postgrey"),
                f"--inet={HOST}:{self.port}",
                f"--dbdir={self.folder / 'records'}",
                f"--user={USER}",
                "--group=nogroup",
                f"--delay={self._delay_seconds}",
                "--auto-whitelist-clients=0",
                f"--whitelist-clients={empty}",
                f"--whitelist-recipients={empty}",
            ]
        )

    def answers(self) -> bool:
        return takes_connections(self.port)
