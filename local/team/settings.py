"""Settings of a team's stack, for the backend, the workers and the scheduler."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, SecretStr

from functions.declaration import REQUIRED, Declaration, Deployment, Group
from functions.environment import EnvironmentSettings, Port, Seconds, begins_with, declared, setting
from functions.hosts import AllowedHosts
from functions.settings import LOG_LEVEL, SWEEP_SECONDS, LogLevel, ServerSettings, Url
from local.receiver.mailbox_address import MailboxAddress
from local.team.dkim_files import KeyFile, parse_key_files

_PASSWORD = re.compile(r"://[^/\s]*?:([^\s]*)@")

KeyFiles = Annotated[tuple[KeyFile, ...], BeforeValidator(parse_key_files)]
MailboxUri = Annotated[SecretStr, AfterValidator(lambda it: check_mailbox_uri(it))]
Page = Annotated[str, begins_with("http://", "https://")]


RedisUrl = Annotated[SecretStr, begins_with("redis://", "rediss://")]
REDIS_URL = Declaration(
    "REDIS_URL",
    "Redis: `redis://:password@host:6379/0`.",
    Group.ADDRESSES,
    team=REQUIRED,
    more="Docker compose leaves its own Redis out where COMPOSE_FILE names "
    "compose.external-redis.yml.",
    in_env=True,
    empty="the Redis of this stack.",
)


BrokerUrl = Annotated[SecretStr, begins_with("amqp://", "amqps://")]
BROKER_URL = Declaration(
    "BROKER_URL",
    "RabbitMQ: `amqp://user:password@host:5672/vhost`.",
    Group.ADDRESSES,
    team=REQUIRED,
)


class SchedulerSettings(EnvironmentSettings):
    """The few settings of a team that its scheduler reads."""

    deployment: ClassVar[Deployment] = "team"

    broker_url: BrokerUrl = declared(BROKER_URL)
    sweep_seconds: Seconds = declared(SWEEP_SECONDS)
    log_level: LogLevel = declared(LOG_LEVEL)

    def secrets(self) -> list[str]:
        """As `TeamSettings.secrets`."""
        return [*_passwords(self.broker_url.get_secret_value())]


class TeamSettings(ServerSettings):
    deployment: ClassVar[Deployment] = "team"

    broker_url: BrokerUrl = declared(BROKER_URL)
    redis_url: RedisUrl = declared(REDIS_URL)
    imap_uri: MailboxUri = setting(
        "IMAP_URI",
        "Mailbox that gets the mail of BOUNCE_DOMAIN, if no mail server hands it to the receiver: "
        "`imaps://user:password@host/INBOX`, or `imap://…` (STARTTLS). `emailbuilder receive "
        "--imap` reads it, and marks every mail in it as seen.",
        Group.MAIL,
        team="",
        in_env=True,
        empty="no mailbox is read.",
    )
    receiver_certificate_file: str = setting(
        "RECEIVER_CERTIFICATE_FILE",
        "File with the TLS certificate of the receiver, and those above it, in PEM. The receiver "
        "then offers STARTTLS.",
        Group.MAIL,
        team="",
        more="With docker compose, an override file has to mount it.",
        in_env=True,
        empty="returned mail comes in the clear.",
    )
    receiver_key_file: str = setting(
        "RECEIVER_KEY_FILE",
        "File with the private key of RECEIVER_CERTIFICATE_FILE, in PEM.",
        Group.MAIL,
        team="",
        in_env=True,
        empty="the key is in the certificate's file.",
    )
    dkim_selector: str = setting(
        "DKIM_SELECTOR",
        "Name of the mail server's DKIM key in the DNS, if the mail server signs; `emailbuilder "
        "doctor` looks it up.",
        Group.MAIL,
        team="",
        in_env=True,
        empty="the key is not looked up.",
    )
    dkim_key_files: KeyFiles = setting(
        "DKIM_KEY_FILES",
        "Files with DKIM keys, each under the name of its DNS record: "
        "`s1._domainkey.example.com=/run/secrets/s1.pem`, separated by commas. They take the place "
        "of stored keys of these domains.",
        Group.MAIL,
        team="",
        more="With docker compose, an override file has to mount them.",
        in_env=True,
        empty="no files.",
    )
    rabbitmq_page: Page = setting(
        "RABBITMQ_PAGE",
        "RabbitMQ's management page, which the interface links to.",
        Group.OBSERVING,
        team="",
        in_env=True,
        empty="http://localhost:15672; in production no link.",
    )
    metrics_page: Page = setting(
        "METRICS_PAGE",
        "Page that shows the metrics, such as a Grafana, which the interface links to.",
        Group.OBSERVING,
        team="",
        in_env=True,
        empty="no link.",
    )
    metrics_port: Port = setting(
        "METRICS_PORT",
        "Port on which a worker serves /metrics; 0: none.",
        Group.OBSERVING,
        team="0",
    )
    metrics_host: str = setting(
        "METRICS_HOST",
        "Address on which a worker serves /metrics.",
        Group.OBSERVING,
        team="127.0.0.1",
    )
    otlp_endpoint: Annotated[Url, begins_with("http://", "https://")] = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "URL of the OpenTelemetry collector that traces go to, such as `http://collector:4318`.",
        Group.OBSERVING,
        team="",
        in_env=True,
        empty="no traces.",
    )

    @property
    def hosts(self) -> AllowedHosts:
        """Within the stack, the other services call the API by its service's name."""
        return super().hosts + AllowedHosts(frozenset({"backend"}))

    def secrets(self) -> list[str]:
        """Values that no log line may contain: passwords of addresses, both encoded and decoded,
        and signing keys.
        """
        addresses = (
            *(self.store_uri, self.broker_url, self.redis_url, self.smtp_uri, self.imap_uri),
        )
        passwords = [it for uri in addresses for it in _passwords(uri.get_secret_value())]
        keys = self.tracking_keys.get_secret_value().split(",")
        signing = (pair.partition(":")[2] for pair in keys)
        shared = (self.secret_keys, self.feedback_secrets)
        secrets = (it.strip() for held in shared for it in held.get_secret_value().split(","))
        return [*passwords, *filter(None, signing), *filter(None, secrets)]


def _passwords(uri: str) -> Iterator[str]:
    found = _PASSWORD.search(uri)
    if found and found[1]:
        yield found[1]
        yield unquote(found[1])


def check_mailbox_uri(given: SecretStr) -> SecretStr:
    """Raises ValueError, without the password."""
    if uri := given.get_secret_value():
        MailboxAddress.parse(uri)
    return given
