"""Postfix's smtp-sink: accepts mail as fast as it arrives and discards it."""

import os
from collections.abc import Sequence

from harness.servers.child import HOST, Child, free_port, program, takes_connections


class SmtpSink(Child):
    name = "smtp-sink"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def uri(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        sink = program("smtp-sink", "postfix", "/usr/sbin/smtp-sink")
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        return [sink, *user, "-c", f"{HOST}:{self.port}", "512"]

    def answers(self) -> bool:
        return takes_connections(self.port)
