"""The servers that all rows share, and the relays with their limits."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from bench.relays.run import Run
from bench.speed.stack import Team
from harness.servers.child import free_port
from harness.servers.postfix import Options, Postfix
from harness.servers.postgrey import Postgrey
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer
from harness.team.stack import Receiver, environment

GREYLIST_SECONDS = 4
RETRY_SECONDS = 6
"""Instead of five minutes, and longer than greylisting takes."""
MAILS_PER_MINUTE = 100
MESSAGE_BYTES_MAX = 6_000
PASSWORD = "of-the-bench"


def bounce_domain(relay: str) -> str:
    return f"bounces.{relay}.test"


class Stand:
    """`with Stand(rabbit, redis) as stand:` starts Postfix, to which its rows send."""

    def __init__(self, rabbit: RabbitServer, redis: RedisServer) -> None:
        self.rabbit = rabbit
        self.redis = redis
        self._open = ExitStack()
        self._runs = 0
        self.receivers = {name: free_port() for name in ("late", "exim")}

    def __enter__(self) -> Self:
        self._greylist = self._open.enter_context(Postgrey(GREYLIST_SECONDS))
        self.postfix = self._open.enter_context(
            Postfix(
                self._services(),
                routes={bounce_domain("late"): self.receivers["late"]},
                password=PASSWORD,
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _services(self) -> Mapping[str, Options]:
        refuses = "permit_mynetworks, reject"
        three = {"smtpd_client_connection_count_limit": "3"}
        five = {"smtpd_client_connection_rate_limit": "5"}
        return {
            "plain": {},
            "rate": {"smtpd_client_message_rate_limit": str(MAILS_PER_MINUTE)},
            "three": three,
            "three-again": three,
            "fifty": {},
            "source": {},
            "speed": {},
            "fifty-again": {},
            "five": five,
            "five-again": five,
            "grey": {"smtpd_recipient_restrictions": f"{self._greylist.check}, {refuses}"},
            "small": {"message_size_limit": str(MESSAGE_BYTES_MAX)},
            "late": {"smtpd_reject_unlisted_recipient": "no"},
            "tls": {"smtpd_tls_security_level": "may"},
            "login": {
                "smtpd_tls_security_level": "encrypt",
                "smtpd_sasl_auth_enable": "yes",
                "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
                "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
            },
            "helo": {"smtpd_helo_restrictions": "reject_non_fqdn_helo_hostname"},
            "sender": {
                "mynetworks": "192.0.2.1",
                "smtpd_sender_restrictions": refuses,
            },
            "domain": {"smtpd_sender_restrictions": "reject_unknown_sender_domain"},
        }

    @contextmanager
    def run(
        self,
        relay: str,
        uri: str,
        count: int,
        settings: Mapping[str, str] | None = None,
        *,
        workers: int = 1,
    ) -> Iterator[Run]:
        """A campaign of `count` contacts that is about to be launched through `uri`. `settings`: as
        the environment spells them."""
        settings = settings or {}
        self._runs += 1
        number = self._runs
        vhost = f"relay{number}"
        redis_uri = self.redis.uri.removesuffix("0") + str(number)
        with TemporaryDirectory(prefix="emailbuilder-relays-") as folder, ExitStack() as stack:
            given = environment(
                store_uri=f"sqlite:///{Path(folder) / 'store.db'}",
                broker_url=self.rabbit.add_vhost(vhost),
                redis_url=redis_uri,
                smtp_uri=uri,
                **{"RETRY_SECONDS": str(RETRY_SECONDS), **settings},
            )
            stack.callback(self.rabbit.delete_vhost, vhost)
            team = stack.enter_context(Team(given, workers))
            if "BOUNCE_DOMAIN" in settings:
                stack.enter_context(Receiver(given, self.receivers[relay]))
            yield stack.enter_context(Run(team, relay, count))
