"""The composition root of the team's stack: any store, Celery's queues, Redis, an SMTP server."""

from collections.abc import Callable

from functions.adapters.ids import new_token
from functions.adapters.key_box import FernetKeyBox
from functions.adapters.processor import ThreadProcessor
from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings, SmtpUriError
from functions.adapters.sns_pages import HttpsSnsPages
from functions.adapters.workbooks import ProcessWorkbooks
from functions.mail.tokens import Keyring
from functions.service.access.throttle import Throttle
from functions.service.observer import NO_OBSERVER, Observer
from functions.service.operations.doctor import Doctor
from functions.service.policy import PolicyError
from functions.service.sending.limiter import Limiter, limiter_of
from functions.service.sending.ports import MailTransport
from functions.service.sending.signing import SendingIdentity
from functions.service.services import Services
from functions.service.store import Store
from functions.service.tracking.feedback_sources import FeedbackSources
from functions.settings_error import SettingsError
from local.stores import open_store
from local.team.dead_letters import RabbitDeadLetters
from local.team.dispatcher import CeleryDispatcher
from local.team.dkim_files import load_signers
from local.team.redis_flows import RedisFlows
from local.team.redis_sending_accounts import RedisSendingAccounts
from local.team.redis_sessions import RedisSessions
from local.team.redis_throttle_buckets import RedisThrottleBuckets
from local.team.settings import TeamSettings

MakeDoctor = Callable[[Store, MailTransport, SendingIdentity, Limiter], Doctor]


def no_doctor(*_parts: object) -> Doctor:
    """For workers, which nobody asks about the system's state."""
    return Doctor()


async def compose(
    settings: TeamSettings,
    observer: Observer = NO_OBSERVER,
    make_doctor: MakeDoctor = no_doctor,
) -> Services:
    """The services of one event loop. Raises SettingsError."""
    check(settings)
    server = SmtpSettings.from_uri(settings.smtp_uri.get_secret_value())
    sending_accounts = RedisSendingAccounts(settings.redis_url.get_secret_value())
    store = await open_store(settings.store_uri.get_secret_value())
    transport = SmtpTransport(
        server, connections_max=settings.smtp_connections_max, own_name=settings.own_name
    )
    identity = SendingIdentity.of_server(
        server.host,
        key_box=FernetKeyBox.parse(settings.secret_keys.get_secret_value()),
        file_signers=load_signers(settings.dkim_key_files),
    )
    limiter = limiter_of(server.sending_account, settings.limits, sending_accounts, new_token())
    return Services(
        store=store,
        dispatcher=CeleryDispatcher(settings.broker_url.get_secret_value(), new_token),
        transport=transport,
        keyring=Keyring.parse(settings.tracking_keys.get_secret_value()),
        policy=settings.policy(),
        new_token=new_token,
        processor=ThreadProcessor(),
        identity=identity,
        feedback=FeedbackSources(settings.ses_topics, HttpsSnsPages(), settings.feedback_keys),
        limiter=limiter,
        sessions=RedisSessions(settings.redis_url.get_secret_value()),
        workbooks=ProcessWorkbooks(),
        throttle=Throttle(
            RedisThrottleBuckets(settings.redis_url.get_secret_value()), settings.api_rate
        ),
        shared_flows=RedisFlows(settings.redis_url.get_secret_value()),
        observer=observer,
        dead_letters=RabbitDeadLetters(settings.broker_url.get_secret_value()),
        doctor=make_doctor(store, transport, identity, limiter),
    )


def check(settings: TeamSettings) -> None:
    """Checks what can be checked before anything is opened. Raises SettingsError."""
    try:
        settings.policy()
    except PolicyError as fault:
        raise SettingsError(str(fault)) from None
    try:
        SmtpSettings.from_uri(settings.smtp_uri.get_secret_value())
    except SmtpUriError as fault:
        raise SettingsError(f"SMTP_URI: {fault}") from None
    try:
        Keyring.parse(settings.tracking_keys.get_secret_value())
    except ValueError as fault:
        raise SettingsError(f"TRACKING_KEYS: {fault}") from None
    try:
        FernetKeyBox.parse(settings.secret_keys.get_secret_value())
    except ValueError as fault:
        raise SettingsError(f"SECRET_KEYS: {fault}") from None
    load_signers(settings.dkim_key_files)
