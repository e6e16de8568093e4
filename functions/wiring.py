"""The composition root of the deployed functions: MongoDB, SQS, and SES or SMTP.

Adapters are chosen and settings are read only here and in `local/wiring.py`.
"""

from collections.abc import Mapping
from functools import lru_cache

from functions.access import ApiTokens
from functions.adapters.ids import new_token
from functions.adapters.key_box import FernetKeyBox
from functions.adapters.mongo import MongoStore
from functions.adapters.processor import ThreadProcessor
from functions.adapters.ses import SesTransport
from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings
from functions.adapters.sns_pages import HttpsSnsPages
from functions.adapters.sqs import SqsDispatcher
from functions.adapters.sqs_dead_letters import Route, SqsDeadLetters
from functions.adapters.sqs_depths import SqsDepths
from functions.adapters.workbooks import ProcessWorkbooks
from functions.hosts import AllowedHosts
from functions.mail.tokens import Keyring
from functions.runtime import Composition, Runtime
from functions.service.access.throttle import Throttle
from functions.service.operations.doctor import Doctor, kept
from functions.service.operations.probes import (
    SENDER_KEPT_SECONDS,
    feedback_probe,
    held_probe,
    keys_probe,
    mail_probe,
    queues_probe,
    sender_probe,
    sending_account_probe,
    store_probe,
)
from functions.service.sending.limiter import Limiter, limiter_of
from functions.service.sending.ports import MailTransport
from functions.service.sending.rates import at_most
from functions.service.sending.signing import SendingIdentity
from functions.service.services import Services
from functions.service.store import Store
from functions.service.tracking.feedback_sources import FeedbackSources
from functions.settings import Settings
from functions.settings_error import SettingsError

STORE_OPTIONS: Mapping[str, int] = {"maxPoolSize": 10, "serverSelectionTimeoutMS": 5_000}
"""A function handles one request at a time, and there may be hundreds of it. The caller of one
waits 30 s at most, and hears that the store is away well before."""


async def open_store(settings: Settings) -> Store:
    """Raises SettingsError for anything but MongoDB, because the disk of a function is lost."""
    uri = settings.store_uri.get_secret_value()
    if not uri.startswith(("mongodb://", "mongodb+srv://")):
        raise SettingsError("STORE_URI must begin with mongodb:// or mongodb+srv://")
    return await MongoStore.open(uri, defaults=STORE_OPTIONS)


def make_transport(settings: Settings) -> MailTransport:
    if settings.mail_transport == "ses":
        return SesTransport(
            region=settings.region,
            endpoint_url=settings.endpoint_url,
            configuration_set=settings.ses_configuration_set or None,
        )
    server = SmtpSettings.from_uri(settings.smtp_uri.get_secret_value())
    return SmtpTransport(
        server, connections_max=settings.smtp_connections_max, own_name=settings.own_name
    )


def sending_account_of(settings: Settings) -> str:
    """The sending account that limits and breaker belong to. All functions that use the same mail
    server share it."""
    if settings.mail_transport == "ses":
        return f"ses/{settings.region}"
    return SmtpSettings.from_uri(settings.smtp_uri.get_secret_value()).sending_account


def identity_of(settings: Settings) -> SendingIdentity:
    """Raises SettingsError."""
    host = f"email.{settings.region}.amazonaws.com"
    if settings.mail_transport == "smtp":
        host = SmtpSettings.from_uri(settings.smtp_uri.get_secret_value()).host
    try:
        key_box = FernetKeyBox.parse(settings.secret_keys.get_secret_value())
    except ValueError as fault:
        raise SettingsError(f"SECRET_KEYS: {fault}") from None
    return SendingIdentity.of_server(host, key_box=key_box)


async def compose(settings: Settings, store: Store) -> Services:
    """The services of one event loop."""
    transport = make_transport(settings)
    identity = identity_of(settings)
    limits = settings.limits
    if isinstance(transport, SesTransport):
        limits = at_most(limits, await transport.messages_per_second())
    limiter = limiter_of(sending_account_of(settings), limits, store.sending_accounts, new_token())
    feedback = FeedbackSources(settings.ses_topics, HttpsSnsPages(), settings.feedback_keys)
    return Services(
        store=store,
        dispatcher=SqsDispatcher(
            send_queue_url=settings.send_queue_url,
            resume_queue_url=settings.resume_queue_url,
            region=settings.region,
            endpoint_url=settings.endpoint_url,
        ),
        transport=transport,
        keyring=Keyring.parse(settings.tracking_keys.get_secret_value()),
        policy=settings.policy(),
        new_token=new_token,
        processor=ThreadProcessor(),
        identity=identity,
        feedback=feedback,
        limiter=limiter,
        sessions=store.sessions,
        workbooks=ProcessWorkbooks(),
        throttle=Throttle(store.throttle_buckets, settings.api_rate),
        dead_letters=SqsDeadLetters(
            sends=Route(settings.send_dead_letters_url, settings.send_queue_url),
            resumes=Route(settings.resume_dead_letters_url, settings.resume_queue_url),
            region=settings.region,
            endpoint_url=settings.endpoint_url,
        ),
        doctor=make_doctor(settings, store, transport, identity, limiter, feedback),
    )


def make_doctor(
    settings: Settings,
    store: Store,
    transport: MailTransport,
    identity: SendingIdentity,
    limiter: Limiter,
    feedback: FeedbackSources,
) -> Doctor:
    """Without a sweep probe, because another function sweeps. A failing sweep shows in how late
    leads are."""
    depths = SqsDepths(
        queue_urls=[settings.send_queue_url, settings.resume_queue_url],
        dead_letters_urls=[settings.send_dead_letters_url, settings.resume_dead_letters_url],
        region=settings.region,
        endpoint_url=settings.endpoint_url,
    )
    probes = [
        store_probe(store),
        held_probe(store),
        queues_probe(depths),
        mail_probe(transport),
        kept(sender_probe(transport, settings.policy()), SENDER_KEPT_SECONDS),
        sending_account_probe(store, limiter),
        keys_probe(store, identity),
        feedback_probe(feedback, sends_through_ses=settings.mail_transport == "ses"),
    ]
    return Doctor(probes, close_probes=depths.close)


async def _deployed() -> Services:
    settings = Settings.from_environment()
    return await compose(settings, await open_store(settings))


@lru_cache(maxsize=1)
def composition() -> Composition:
    return Composition(_deployed)


@lru_cache(maxsize=1)
def api_tokens() -> ApiTokens:
    """Raises SettingsError if there is none, because nothing else protects the deployed API."""
    tokens = Settings.from_environment().api_tokens
    if not tokens:
        raise SettingsError("API_TOKENS is not set: the deployed API does not start without one")
    return tokens


@lru_cache(maxsize=1)
def site_key() -> str:
    """What CloudFront shows the deployed API; empty if there is none."""
    return Settings.from_environment().site_key.get_secret_value()


@lru_cache(maxsize=1)
def hosts() -> AllowedHosts:
    """The names that the deployed API answers to."""
    return Settings.from_environment().hosts


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """The runtime of this process, created at the first event and not at import."""
    return Runtime(composition())
