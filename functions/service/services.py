"""Everything a use case needs: ports, policy, and the flows this worker has loaded.

Invariant: there is one `Services` per process and event loop, and concurrent batches may share
all its parts. Use cases take it as their first argument and access nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from functions.mail.tokens import Keyring
from functions.service.access.ports import Sessions
from functions.service.access.records import WorkspaceId
from functions.service.access.throttle import Throttle
from functions.service.audience.ports import Workbooks
from functions.service.content.email_compiler import EmailCompiler
from functions.service.execution.flow_cache import NOT_SHARED, FlowCache, SharedFlows
from functions.service.jobs.ports import Dispatcher
from functions.service.observer import NO_OBSERVER, Observer
from functions.service.operations.doctor import Doctor
from functions.service.operations.ports import DeadLetters
from functions.service.policy import Policy
from functions.service.processor import INLINE, Processor
from functions.service.sending.limiter import Limiter, Unlimited
from functions.service.sending.ports import MailTransport
from functions.service.sending.signing import SendingIdentity, Signing
from functions.service.store import Store
from functions.service.tracking.feedback_sources import FeedbackSources
from functions.service.worker_state import WorkerState


@dataclass(frozen=True, slots=True)
class Services:
    """`new_token`: returns a new unguessable name for a batch, a claim or a job. `shared_flows`:
    the cache of flow documents that the workers share. `sessions`: those of the store, or kept
    elsewhere. `throttle`: of callers of the API. `identity`: what mail is signed with. `feedback`:
    whose reports of bounces and complaints are accepted by HTTP."""

    store: Store
    dispatcher: Dispatcher
    transport: MailTransport
    keyring: Keyring
    policy: Policy
    new_token: Callable[[], str]
    dead_letters: DeadLetters
    sessions: Sessions
    workbooks: Workbooks
    shared_flows: SharedFlows = NOT_SHARED
    throttle: Throttle = field(default_factory=Throttle)
    limiter: Limiter | Unlimited = field(default_factory=Unlimited)
    identity: SendingIdentity = field(default_factory=SendingIdentity)
    feedback: FeedbackSources = field(default_factory=FeedbackSources)
    worker_state: WorkerState = field(default_factory=WorkerState)
    observer: Observer = NO_OBSERVER
    processor: Processor = INLINE
    doctor: Doctor = field(default_factory=Doctor)
    emails: EmailCompiler = field(init=False)
    flows: FlowCache = field(init=False)
    signing: Signing = field(init=False)

    def __post_init__(self) -> None:
        emails = EmailCompiler(self.policy, self.keyring)
        object.__setattr__(self, "emails", emails)
        flows = FlowCache(self.store.campaigns, emails, self.shared_flows)
        object.__setattr__(self, "flows", flows)
        signing = Signing(self.store.dkim_keys, self.identity)
        object.__setattr__(self, "signing", signing)

    def in_workspace(self, workspace_id: WorkspaceId) -> "WorkspaceServices":
        """The same parts, restricted to one workspace."""
        narrowed = object.__new__(WorkspaceServices)
        for part in fields(Services):
            object.__setattr__(narrowed, part.name, getattr(self, part.name))
        object.__setattr__(narrowed, "workspace_id", workspace_id)
        return narrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceServices(Services):
    """Services for a request or a stored job. Use cases that look things up by id alone take
    these, so that they find nothing of another workspace."""

    workspace_id: WorkspaceId
