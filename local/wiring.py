"""The composition root of the local system: SQLite or MongoDB, the emulated queues, the inbox."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from functions.adapters.ids import new_token
from functions.adapters.key_box import FernetKeyBox
from functions.adapters.processor import ThreadProcessor
from functions.adapters.smtp import SmtpTransport
from functions.adapters.sqs import SqsDispatcher
from functions.adapters.sqs_dead_letters import Route, SqsDeadLetters
from functions.adapters.sqs_depths import SqsDepths
from functions.adapters.workbooks import ProcessWorkbooks
from functions.mail.tokens import Keyring
from functions.service.access.throttle import Throttle
from functions.service.operations.doctor import Doctor, kept
from functions.service.operations.probes import (
    SENDER_KEPT_SECONDS,
    held_probe,
    keys_probe,
    mail_probe,
    queues_probe,
    sender_probe,
    sending_account_probe,
    store_probe,
    sweep_probe,
)
from functions.service.operations.records import CheckState, Diagnosis, Swept, SystemCheck
from functions.service.policy import Policy
from functions.service.sending.limiter import Limiter, limiter_of
from functions.service.sending.ports import MailTransport
from functions.service.sending.signing import SendingIdentity
from functions.service.services import Services
from functions.service.store import Store
from local.cloud.cloud import Cloud, CloudError
from local.home import Home
from local.settings import LocalSettings
from local.stores import open_store

SENDING_ACCOUNT = "inbox"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the parts, known once they listen."""

    public_url: str
    smtp_uri: str


def make_compose(
    settings: LocalSettings, cloud: Cloud, addresses: Addresses
) -> Callable[[], Awaitable[Services]]:
    """Returns the function that creates the services of one event loop."""
    settings = settings.model_copy(update={"public_url": addresses.public_url})
    policy = settings.policy()
    keyring = Keyring.parse(Home(settings.home).tracking_keys())
    identity = SendingIdentity(key_box=FernetKeyBox.parse(Home(settings.home).secret_keys()))

    async def compose() -> Services:
        store = await open_store(settings.effective_store_uri())
        transport = SmtpTransport(
            addresses.smtp_uri,
            connections_max=settings.smtp_connections_max,
            own_name=settings.own_name,
        )
        limiter = limiter_of(SENDING_ACCOUNT, settings.limits, store.sending_accounts, new_token())
        return Services(
            store=store,
            dispatcher=SqsDispatcher(
                client=cloud.sqs_client(),
                send_queue_url=cloud.queue_url("SendQueue"),
                resume_queue_url=cloud.queue_url("ResumeQueue"),
            ),
            transport=transport,
            keyring=keyring,
            policy=policy,
            new_token=new_token,
            processor=ThreadProcessor(),
            identity=identity,
            limiter=limiter,
            sessions=store.sessions,
            workbooks=ProcessWorkbooks(),
            throttle=Throttle(store.throttle_buckets, settings.api_rate),
            dead_letters=SqsDeadLetters(
                sends=Route(cloud.queue_url("SendDeadLetters"), cloud.queue_url("SendQueue")),
                resumes=Route(cloud.queue_url("ResumeDeadLetters"), cloud.queue_url("ResumeQueue")),
                client=cloud.sqs_client(),
                # The emulation serialises calls: a call that waits would block all others.
                wait_seconds=0,
            ),
            doctor=make_doctor(cloud, store, transport, policy, identity, limiter),
        )

    return compose


def make_doctor(
    cloud: Cloud,
    store: Store,
    transport: MailTransport,
    policy: Policy,
    identity: SendingIdentity,
    limiter: Limiter,
) -> Doctor:
    depths = SqsDepths(
        queue_urls=[cloud.queue_url(it) for it in ("SendQueue", "ResumeQueue")],
        dead_letters_urls=[cloud.queue_url(it) for it in ("SendDeadLetters", "ResumeDeadLetters")],
        client=cloud.sqs_client(),
    )

    def swept() -> Swept | None:
        return None if (at := cloud.ticked_at) is None else Swept(at)

    async def functions() -> Diagnosis:
        return Diagnosis(checks=[_functions(cloud)])

    probes = [
        store_probe(store),
        held_probe(store),
        queues_probe(depths),
        mail_probe(transport),
        kept(sender_probe(transport, policy), SENDER_KEPT_SECONDS),
        sending_account_probe(store, limiter),
        keys_probe(store, identity),
        sweep_probe(store, swept, policy.sweep_seconds),
        functions,
    ]
    links = {"metrics": f"{policy.public_url}/metrics"}
    return Doctor(probes, links=links, close_probes=depths.close)


def _functions(cloud: Cloud) -> SystemCheck:
    """Are the threads alive that stand in for the functions?"""
    try:
        cloud.check()
    except CloudError as problem:
        remedy = "Stop the system with Ctrl-C and start it again: everything goes on where it was."
        return SystemCheck(
            name="functions", state=CheckState.FAILED, message=f"{problem}.", remedy=remedy
        )
    return SystemCheck(name="functions", state=CheckState.OK, message="They take jobs.")
