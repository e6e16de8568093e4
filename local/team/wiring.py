"""The composition root of the team's stack: any store, Celery's queues, an SMTP server."""

from functions.adapters.ids import new_token
from functions.adapters.smtp import SmtpTransport
from functions.mail.tokens import Keyring
from functions.service.services import Services
from local.team.dispatcher import CeleryDispatcher
from local.team.settings import TeamSettings
from local.wiring import open_store


async def compose(settings: TeamSettings) -> Services:
    """The services of one event loop. Raises SettingsError, PolicyError."""
    policy = settings.policy()
    return Services(
        store=await open_store(settings.store_uri),
        dispatcher=CeleryDispatcher(settings.broker_url, new_token),
        transport=SmtpTransport(settings.smtp_uri, connections_max=settings.smtp_connections_max),
        keyring=Keyring.parse(settings.tracking_keys),
        policy=policy,
        new_token=new_token,
    )
