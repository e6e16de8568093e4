"""`python -m local.inbox --path inbox.db --port 1025 [--api-port 8025]`: runs only the inbox.

Its JSON API accepts the tokens in API_TOKENS; without one, it is served only to this machine. If
REDIS_URL is set, it accepts the sessions there as well.
"""

import argparse
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from functions.api.http.authentication import Authentication, FindSession
from functions.api.http.host_guard import HostGuard
from functions.environment import declared
from functions.hosts import AllowedHosts
from functions.service.access.records import Session
from functions.service.access.sessions import HoldsToken, find_session_among
from functions.settings_error import SettingsError
from local.inbox.api import inbox_api
from local.inbox.ledger import BYTES_KEPT_MAX
from local.inbox.server import Inbox, InboxLimits
from local.server import check_binding, make_server
from local.settings import LocalSettings
from local.team.redis_sessions import RedisSessions
from local.team.settings import REDIS_URL, RedisUrl


class InboxSettings(LocalSettings):
    redis_url: RedisUrl = declared(replace(REDIS_URL, local=""))

    @property
    def hosts(self) -> AllowedHosts:
        """In the stack of a team, the interface calls it by its service's name."""
        return super().hosts + AllowedHosts(frozenset({"inbox"}))


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. The first line printed names the port: `smtp: HOST:PORT`."""
    parser = argparse.ArgumentParser(prog="python -m local.inbox", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="the file that keeps the mail")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=1025, help="SMTP port, 0 for a free one")
    parser.add_argument(
        "--bytes-max", type=int, default=BYTES_KEPT_MAX, help="of mail kept; the oldest goes first"
    )
    parser.add_argument("--api-port", type=int, help="also serve the JSON API on this port")
    chosen = parser.parse_args(arguments)
    try:
        settings = InboxSettings.from_environment()
        tokens = settings.api_tokens
        if chosen.api_port is not None:
            check_binding(chosen.host, tokens)
    except SettingsError as problem:
        sys.stderr.write(f"The inbox cannot start: {problem}\n")
        return 1
    # Blocked before any thread exists, so that only `sigwait` below receives them.
    ends = {signal.SIGINT, signal.SIGTERM}
    if chosen.api_port is None:
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    limits = InboxLimits(bytes_kept_max=chosen.bytes_max)
    inbox = Inbox(chosen.path, host=chosen.host, port=chosen.port, limits=limits)
    try:
        inbox.start()
    except (OSError, sqlite3.Error) as failure:
        sys.stderr.write(f"The inbox cannot start: {failure}\n")
        return 1
    sys.stdout.write(f"smtp: {inbox.host}:{inbox.port}\n")
    sys.stdout.flush()
    try:
        if chosen.api_port is None:
            signal.sigwait(ends)
        else:
            find = _sessions_in(settings.redis_url.get_secret_value())
            api = Authentication(inbox_api(inbox.ledger), lambda: tokens, (), find)
            app = HostGuard(api, lambda: settings.hosts)
            make_server(app, host=chosen.host, port=chosen.api_port, tokens=tokens).run()
    finally:
        inbox.stop()
    return 0


def _sessions_in(redis_url: str) -> FindSession:
    """Those of the team's stack; none without an address."""
    sessions = RedisSessions(redis_url) if redis_url else None

    async def find(session_id: str, address: str, holds_token: HoldsToken) -> Session | None:
        if sessions is None:
            return None
        now = datetime.now(UTC)  # noqa: TID251 (there is no store whose clock it could read)
        return await find_session_among(sessions, now, session_id, address, holds_token)

    return find


if __name__ == "__main__":
    sys.exit(main())
