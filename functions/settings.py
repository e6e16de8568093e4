"""Settings from the environment: those shared by several ways of running the product, and those of
the deployed functions, which template.yaml sets.

`make format` generates .env.example and docs/settings.md from their declarations. Nothing else in
`functions/` reads the environment.
"""

from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, model_validator

from functions.access import ApiTokens
from functions.declaration import REQUIRED, Declaration, Deployment, Fixed, Group
from functions.environment import (
    EnvironmentSettings,
    Percent,
    Seconds,
    Whole,
    declared,
    setting,
)
from functions.hosts import AllowedHosts, host_of_url
from functions.mail.address import AddressError, ascii_domain, normalised
from functions.mail.helo import helo_name, helo_name_of_url
from functions.service.policy import Policy
from functions.service.rates import Rate, parse_rate_or_off
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.tracking.feedback_sources import parse_secrets, parse_topics

DEFAULT_SEND_RATE = "10000/s"
"""More than one machine can send, so the limiter and its breaker are active but slow nothing down.
Replace it by the real rate of the mail server."""
DEFAULT_API_RATE = "100/s burst 1000"
DEFAULT_SENDER = "EmailBuilder <hello@example.com>"

Tokens = Annotated[ApiTokens, BeforeValidator(lambda it: ApiTokens.parse(it))]
RateOrOff = Annotated[Rate | None, BeforeValidator(parse_rate_or_off)]
DomainRates = Annotated[dict[str, Rate], BeforeValidator(parse_domain_rates)]
Domains = Annotated[tuple[str, ...], BeforeValidator(lambda it: parse_domains(it))]
BounceDomain = Annotated[str, AfterValidator(lambda it: domain_name(it) if it else it)]
Url = Annotated[str, AfterValidator(lambda it: it.rstrip("/"))]
Topics = Annotated[frozenset[str], BeforeValidator(parse_topics)]
FeedbackSecrets = Annotated[SecretStr, AfterValidator(lambda it: check_secrets(it))]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
HeloName = Annotated[str, AfterValidator(lambda it: helo_name(it) if it else "")]
Hosts = Annotated[AllowedHosts, BeforeValidator(lambda it: AllowedHosts.parse(it))]

SWEEP_SECONDS = Declaration(
    "SWEEP_SECONDS",
    "Time between two sweeps, which look for leads that are due.",
    Group.TIMES,
    functions="60",
    local=Fixed("1"),
    team="1",
    in_env=True,
)
LOG_LEVEL = Declaration(
    "LOG_LEVEL",
    "How much is logged: one of DEBUG, INFO, WARNING, ERROR.",
    Group.OBSERVING,
    functions="INFO",
    team="INFO",
    in_env=True,
)

INBOX_HOSTS = frozenset({"inbox", "localhost", "127.0.0.1", "::1"})
"""Mail servers that keep mail for looking at: that of docker compose, and one on this machine."""


def parse_domains(written: str) -> tuple[str, ...]:
    """Split `example.com, example.org`. Raises ValueError."""
    names = [it.strip().lower().removeprefix("@") for it in written.split(",") if it.strip()]
    try:
        return tuple(ascii_domain(it) for it in names)
    except AddressError as error:
        raise ValueError(f"must be domain names separated by commas: {error}") from error


def check_secrets(given: SecretStr) -> SecretStr:
    """Raises ValueError, without a secret in it."""
    parse_secrets(given.get_secret_value())
    return given


def domain_name(typed: str) -> str:
    """The domain in lower case and ASCII. Raises ValueError."""
    try:
        return normalised(f"b@{typed}").partition("@")[2]
    except AddressError:
        raise ValueError("must be a domain name, such as bounces.example.com") from None


def name_and_address(sender: str) -> tuple[str | None, str]:
    """Split `Ann <ann@example.com>`, or an address alone, into (name or None, address)."""
    name, _, address = sender.rpartition("<")
    return name.strip().strip('"') or None, address.rstrip("> ").strip()


class SharedSettings(EnvironmentSettings):
    """The settings that every way of running the product reads or fixes."""

    store_uri: SecretStr = setting(
        "STORE_URI",
        "Address of the store: `mongodb://…`, `mongodb+srv://…`, or `sqlite:///…` on one machine.",
        Group.ADDRESSES,
        functions=REQUIRED,
        local="",
        team=REQUIRED,
        more="Docker compose leaves out its own MongoDB if COMPOSE_FILE names "
        "compose.external-mongodb.yml.",
        in_env=True,
        empty="the MongoDB of this stack.",
    )
    sender: str = setting(
        "SENDER",
        "Sender of all e-mails: `Name <address>`.",
        Group.MAIL,
        functions=REQUIRED,
        local=DEFAULT_SENDER,
        team=REQUIRED,
        in_env=True,
        empty=f"{DEFAULT_SENDER}. In production it must be set.",
    )
    reply_to: str = setting(
        "REPLY_TO",
        "Address that answers go to instead of the sender's, unless a campaign or an e-mail names "
        "another.",
        Group.MAIL,
        functions="",
        local="",
        team="",
        in_env=True,
        empty="the sender's.",
    )
    sender_domains: Domains = setting(
        "SENDER_DOMAINS",
        "Domains that mail may be sent from, separated by commas; their subdomains are included. A "
        "campaign with another sender is launched only if a person accepts that.",
        Group.MAIL,
        functions="",
        local="",
        team="",
        in_env=True,
        empty="any domain.",
    )
    bounce_domain: BounceDomain = setting(
        "BOUNCE_DOMAIN",
        "Domain to which undeliverable mail returns. Each message then has a return path of its "
        "own there, so that returned mail names its message.",
        Group.MAIL,
        functions="",
        # The inbox plays the readers whose mail comes back.
        local="bounces.localhost",
        team="",
        more="Its MX record must lead to a server that hands its mail to EmailBuilder.",
        in_env=True,
        empty="mail returns to its sender.",
    )
    bounces_max_percent: Percent = setting(
        "BOUNCES_MAX_PERCENT",
        "A campaign is paused if a larger share of its first 200 messages bounces, or of any later "
        "1,000.",
        Group.MAIL,
        functions="5",
        local="5",
        team="5",
        more="100 switches this off.",
        in_env=True,
    )
    complaints_max_percent: Percent = setting(
        "COMPLAINTS_MAX_PERCENT",
        "A campaign is paused if readers report this share of any 1,000 of its messages as spam.",
        Group.MAIL,
        functions="0.3",
        local="0.3",
        team="0.3",
        more="100 switches this off.",
        in_env=True,
    )
    public_url: Url = setting(
        "PUBLIC_URL",
        "URL at which readers reach the API. Links in e-mails begin with it.",
        Group.MAIL,
        functions=REQUIRED,
        # Known only once the gateway listens.
        local=Fixed("", "its own"),
        team=REQUIRED,
        in_env=True,
        empty="http://localhost:8000. In production it follows from DOMAIN.",
    )
    allowed_hosts: Hosts = setting(
        "ALLOWED_HOSTS",
        "More names by which the API may be called, separated by commas, besides the host of "
        "PUBLIC_URL and this machine's own addresses. A name that begins with a dot stands for all "
        "names below it.",
        Group.ADDRESSES,
        functions="",
        local="",
        team="",
        more="Requests for other hosts are refused, except health checks.",
        in_env=True,
        empty="no others.",
    )
    api_tokens_given: Tokens = setting(
        "API_TOKENS",
        "Tokens that give access to the API, sent as `Authorization: Bearer TOKEN`, separated by "
        "commas.",
        Group.SECRETS,
        functions="",
        local="",
        team="",
        more="Logs name a token by its beginning, ebk_ and eight letters.",
        in_env=True,
    )
    api_token: Tokens = setting(
        "API_TOKEN",
        "One more token that gives access to the API.",
        Group.SECRETS,
        functions=Fixed(""),
        local="",
        team="",
    )
    send_rate: RateOrOff = setting(
        "SEND_RATE",
        "How fast all workers together may send: `50/s`, `1000/m` or `100000/h`, optionally with a "
        "burst (`50/s burst 100`), or `off`. Through SES, never faster than SES grants.",
        Group.SPEED,
        functions=DEFAULT_SEND_RATE,
        local=DEFAULT_SEND_RATE,
        team=DEFAULT_SEND_RATE,
        in_env=True,
    )
    domain_rates: DomainRates = setting(
        "DOMAIN_RATES",
        "The same by the recipient's domain: `gmail.com=20/s,*=100/s`, where `*` applies to every "
        "other domain separately.",
        Group.SPEED,
        functions="",
        local="",
        team="",
        in_env=True,
        empty="no limits by domain.",
    )
    api_rate: RateOrOff = setting(
        "API_RATE",
        "How often one API token, or one browser that is signed in, may call the API: `100/s burst "
        "1000`, or `off`. Further requests get a 429 with `Retry-After`.",
        Group.SPEED,
        functions=DEFAULT_API_RATE,
        local=DEFAULT_API_RATE,
        team=DEFAULT_API_RATE,
        in_env=True,
    )
    smtp_connections_max: Whole = setting(
        "SMTP_CONNECTIONS_MAX",
        "Connections of each worker to the mail server.",
        Group.SPEED,
        functions="8",
        local=Fixed("8"),
        team="16",
        in_env=True,
    )
    window_jobs_max: Whole = setting(
        "WINDOW_JOBS_MAX",
        "Leads in flight at once, over all campaigns.",
        Group.SPEED,
        functions="2000",
        local=Fixed("300"),
        team="2000",
        in_env=True,
    )
    sweep_seconds: Seconds = declared(SWEEP_SECONDS)
    horizon_seconds: Seconds = setting(
        "HORIZON_SECONDS",
        "Waits that end within this time also get a delayed job. 0, or between twice SWEEP_SECONDS "
        "and 300.",
        Group.TIMES,
        functions="120",
        # The emulated queues keep delayed messages among the others and slow down with them.
        local=Fixed("0"),
        team="2",
        in_env=True,
    )
    retry_seconds: Seconds = setting(
        "RETRY_SECONDS",
        "How long after a temporary refusal of its recipient, such as greylisting, a message is "
        "tried again; after each further refusal it waits longer, in the end 96 times as long.",
        Group.TIMES,
        functions=Fixed("300"),
        local=Fixed("300"),
        team="300",
        in_env=True,
    )
    lead_lease_seconds: Seconds = setting(
        "LEAD_LEASE_SECONDS",
        "How long a lead in flight belongs to its worker, which renews the lease. After that, "
        "another worker may take it.",
        Group.TIMES,
        functions="120",
        local=Fixed("30"),
        team="30",
        in_env=True,
    )
    send_lease_seconds: Seconds = setting(
        "SEND_LEASE_SECONDS",
        "The same for a message that is being sent; at least 3, at most LEAD_LEASE_SECONDS.",
        Group.TIMES,
        functions="60",
        local=Fixed("20"),
        team="20",
        in_env=True,
    )

    @property
    def hosts(self) -> AllowedHosts:
        """All names by which the API may be called."""
        return self.allowed_hosts + host_of_url(self.public_url)

    @property
    def own_name(self) -> str | None:
        """The argument of EHLO; None: this machine's name."""
        return helo_name_of_url(self.public_url)

    @property
    def api_tokens(self) -> ApiTokens:
        """The tokens of both variables."""
        return self.api_tokens_given + self.api_token

    @property
    def limits(self) -> Limits:
        """If no rate is set, there is no breaker either."""
        return Limits(self.send_rate, self.domain_rates)

    @property
    def mail_leaves(self) -> bool:
        """Whether mail goes to real readers, rather than to an inbox beside the system."""
        return False

    def policy(self) -> Policy:
        """Raises PolicyError."""
        from_name, from_email = name_and_address(self.sender)
        policy = Policy(
            public_url=self.public_url,
            from_email=from_email,
            from_name=from_name,
            reply_to=self.reply_to or None,
            sender_domains=self.sender_domains,
            mail_leaves=self.mail_leaves,
            bounce_domain=self.bounce_domain,
            bounces_max_percent=self.bounces_max_percent,
            complaints_max_percent=self.complaints_max_percent,
            sweep_seconds=self.sweep_seconds,
            horizon_seconds=self.horizon_seconds,
            retry_seconds=self.retry_seconds,
            lead_lease_seconds=self.lead_lease_seconds,
            send_lease_seconds=self.send_lease_seconds,
            window_jobs_max=self.window_jobs_max,
        )
        policy.check()
        return policy


class ServerSettings(SharedSettings):
    """The settings that the deployed functions and the stack of a team read in addition."""

    tracking_keys: SecretStr = setting(
        "TRACKING_KEYS",
        "Keys for the links in e-mails, as `id:secret,id:secret`. The first one signs, all of them "
        "verify.",
        Group.SECRETS,
        functions=REQUIRED,
        team=REQUIRED,
        more="To change the key, add a new one in front, and keep the old one as long as e-mails "
        "with its links are in use.",
        in_env=True,
    )
    secret_keys: SecretStr = setting(
        "SECRET_KEYS",
        "Secrets that encrypt DKIM keys in the store, of at least 32 characters, separated by "
        "commas. The first one encrypts, all of them decrypt.",
        Group.SECRETS,
        functions="",
        team="",
        more="To change the secret, add a new one in front, run `emailbuilder dkim reseal`, then "
        "remove the old one. Without it, no DKIM key can be created.",
        in_env=True,
        empty="mail is not signed, unless its keys are in files.",
    )
    ses_topics: Topics = setting(
        "SES_TOPICS",
        "ARNs of the SNS topics to which Amazon SES publishes bounces and complaints, separated by "
        "commas; they are taken at `/api/v1/feedback/ses`.",
        Group.MAIL,
        functions="",
        team="",
        in_env=True,
        empty="no reports of SES are accepted.",
    )
    feedback_secrets: FeedbackSecrets = setting(
        "FEEDBACK_SECRETS",
        "Secrets of at least 32 characters, separated by commas, with which programs of yours sign "
        "the bounces and complaints that they report to `/api/v1/feedback`. Each is valid.",
        Group.SECRETS,
        functions="",
        team="",
        in_env=True,
        empty="no signed reports are accepted.",
    )
    smtp_uri: SecretStr = setting(
        "SMTP_URI",
        "Mail server: `smtp://user:password@host:587` (STARTTLS if offered) or `smtps://…:465`.",
        Group.MAIL,
        # Required if MAIL_TRANSPORT is smtp.
        functions="",
        team=REQUIRED,
        in_env=True,
        empty="the inbox. In production it must be set.",
    )
    helo_name: HeloName = setting(
        "HELO_NAME",
        "Name by which the mail server is greeted (EHLO), instead of the host of PUBLIC_URL; it "
        "should exist in the DNS.",
        Group.MAIL,
        functions="",
        team="",
        in_env=True,
        empty="the host of PUBLIC_URL.",
    )
    log_level: LogLevel = declared(LOG_LEVEL)

    @property
    def own_name(self) -> str | None:
        return self.helo_name or super().own_name

    @property
    def feedback_keys(self) -> tuple[bytes, ...]:
        return parse_secrets(self.feedback_secrets.get_secret_value())

    @property
    def mail_leaves(self) -> bool:
        server = urlsplit(self.smtp_uri.get_secret_value()).hostname
        return server is None or server not in INBOX_HOSTS


class Settings(ServerSettings):
    """The settings of the deployed functions."""

    deployment: ClassVar[Deployment] = "functions"

    send_queue_url: str = setting(
        "SEND_QUEUE_URL", "Queue of send jobs.", Group.ADDRESSES, functions=REQUIRED
    )
    resume_queue_url: str = setting(
        "RESUME_QUEUE_URL", "Queue of resume jobs.", Group.ADDRESSES, functions=REQUIRED
    )
    send_dead_letters_url: str = setting(
        "SEND_DEAD_LETTERS_URL",
        "Queue of send jobs that failed for good.",
        Group.ADDRESSES,
        functions=REQUIRED,
    )
    resume_dead_letters_url: str = setting(
        "RESUME_DEAD_LETTERS_URL",
        "Queue of resume jobs that failed for good.",
        Group.ADDRESSES,
        functions=REQUIRED,
    )
    mail_transport: Literal["ses", "smtp"] = setting(
        "MAIL_TRANSPORT", "How mail is sent: ses or smtp.", Group.MAIL, functions="ses"
    )
    ses_configuration_set: str = setting(
        "SES_CONFIGURATION_SET",
        "Configuration set of SES that mail is sent with, such as the one that publishes bounces.",
        Group.MAIL,
        functions="",
    )
    site_key: SecretStr = setting(
        "SITE_KEY",
        "What CloudFront sends with each request, so that the API believes it whose request it is.",
        Group.SECRETS,
        functions="",
    )
    endpoint_url: str | None = setting(
        "AWS_ENDPOINT_URL",
        "URL of an emulation of AWS; empty: AWS itself.",
        Group.ADDRESSES,
        functions=None,
    )
    region: str = setting("AWS_REGION", "AWS region.", Group.ADDRESSES, functions="eu-west-1")

    @model_validator(mode="after")
    def _smtp_has_a_server(self) -> Self:
        if self.mail_transport == "smtp" and not self.smtp_uri.get_secret_value():
            raise ValueError("SMTP_URI is not set, but MAIL_TRANSPORT is smtp")
        return self
