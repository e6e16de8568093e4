"""The servers that all rows share, and the relays with their limits."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from bench.relays.run import Relay, Run
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


def services(greylist: str) -> dict[str, Options]:
    """Each counts its clients by itself. Those that are named `…-again` are for a second run, which
    the first must not disturb. `greylist`: the check of Postgrey."""
    three = {"smtpd_client_connection_count_limit": "3"}
    five = {"smtpd_client_connection_rate_limit": "5"}
    logged_in = "permit_sasl_authenticated, reject"
    return {
        "plain": {},
        "unknown": {},
        "source": {},
        "speed": {},
        "rate": {"smtpd_client_message_rate_limit": str(MAILS_PER_MINUTE)},
        "three": three,
        "three-again": three,
        "five": five,
        "five-again": five,
        "fifty": {},  # Postfix's default
        "fifty-again": {},
        "grey": {"smtpd_recipient_restrictions": f"{greylist}, permit_mynetworks, reject"},
        "small": {"message_size_limit": str(MESSAGE_BYTES_MAX)},
        "late": {"smtpd_reject_unlisted_recipient": "no"},
        "tls": {"smtpd_tls_security_level": "may"},
        "login": {
            "smtpd_tls_security_level": "encrypt",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_relay_restrictions": logged_in,
            "smtpd_recipient_restrictions": logged_in,
        },
        "helo": {"smtpd_helo_restrictions": "reject_non_fqdn_helo_hostname"},
        "sender": {
            "mynetworks": "192.0.2.1",
            "smtpd_sender_restrictions": "permit_mynetworks, reject",
        },
        "domain": {"smtpd_sender_restrictions": "reject_unknown_sender_domain"},
    }


def relay_of(server: Postfix, service: str, query: str = "starttls=never") -> Relay:
    return Relay(
        service,
        server.uri(service, query),
        lambda: server.delivered(service),
        lambda: server.refusals(service),
    )


class Stand:
    """`with Stand(rabbit, redis) as stand:` starts Postfix, with all services or `only` some."""

    def __init__(
        self, rabbit: RabbitServer, redis: RedisServer, only: Collection[str] | None = None
    ) -> None:
        self.rabbit = rabbit
        self.redis = redis
        self._only = only
        self._open = ExitStack()
        self._runs = 0
        self.receivers = {name: free_port() for name in ("late", "exim")}

    def __enter__(self) -> Self:
        try:
            self.postfix = self._open.enter_context(self._made())
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _made(self) -> Postfix:
        wanted = self._only
        greylist = ""
        if wanted is None or "grey" in wanted:
            greylist = self._open.enter_context(Postgrey(GREYLIST_SECONDS)).check
        found = services(greylist)
        return Postfix(
            found if wanted is None else {name: found[name] for name in wanted},
            routes={bounce_domain("late"): self.receivers["late"]},
            password=PASSWORD if wanted is None or "login" in wanted else None,
        )

    def relay(self, service: str, query: str = "starttls=never") -> Relay:
        return relay_of(self.postfix, service, query)

    @contextmanager
    def run(
        self,
        relay: Relay,
        count: int,
        settings: Mapping[str, str] | None = None,
        *,
        workers: int = 1,
    ) -> Iterator[Run]:
        """A campaign of `count` contacts that is about to be sent through the relay. `settings`: as
        the environment spells them."""
        settings = settings or {}
        self._runs += 1
        vhost = f"relay{self._runs}"
        redis_uri = self.redis.uri.removesuffix("0") + str(self._runs)
        with TemporaryDirectory(prefix="emailbuilder-relays-") as folder, ExitStack() as stack:
            given = environment(
                store_uri=f"sqlite:///{Path(folder) / 'store.db'}",
                broker_url=self.rabbit.add_vhost(vhost),
                redis_url=redis_uri,
                smtp_uri=relay.uri,
                **{"RETRY_SECONDS": str(RETRY_SECONDS), **settings},
            )
            stack.callback(self.rabbit.delete_vhost, vhost)
            team = stack.enter_context(Team(given, workers))
            if "BOUNCE_DOMAIN" in settings:
                stack.enter_context(Receiver(given, self.receivers[relay.name]))
            yield stack.enter_context(Run(team, relay, count))
