"""The composition root of the team's stack: any store, Celery's queues, Redis, an SMTP server."""

from functions.adapters.ids import new_token
from functions.adapters.smtp import SmtpSettings, SmtpTransport
from functions.mail.tokens import Keyring
from functions.service.limiter import limiter_of
from functions.service.services import Services
from local.stores import open_store
from local.team.dispatcher import CeleryDispatcher
from local.team.redis_accounts import RedisAccounts
from local.team.settings import TeamSettings


async def compose(settings: TeamSettings) -> Services:
    """The services of one event loop. Raises SettingsError, PolicyError."""
    policy = settings.policy()
    server = SmtpSettings.from_uri(settings.smtp_uri)
    accounts = RedisAccounts(settings.redis_url)
    return Services(
        store=await open_store(settings.store_uri),
        dispatcher=CeleryDispatcher(settings.broker_url, new_token),
        transport=SmtpTransport(server, connections_max=settings.smtp_connections_max),
        keyring=Keyring.parse(settings.tracking_keys),
        policy=policy,
        new_token=new_token,
        limiter=limiter_of(server.account, settings.limits, accounts),
    )
