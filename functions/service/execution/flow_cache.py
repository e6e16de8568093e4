"""The flows this worker has loaded: an executor and compiled e-mails per published version.

Invariant: flow versions are immutable. The key of an entry includes the campaign's epoch, so an
entry is never used for a later campaign with the same id. The cache is bounded and evicts the
least recently used version. Behind it there may be a second cache, shared by the workers.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from functions.flow import keys
from functions.flow.executor import FlowExecutor
from functions.flow.lead import Lead
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, SendEmailNode
from functions.flow.nodes.condition import BehaviourCondition
from functions.mail.compose import CompiledEmail
from functions.mail.footer import Footer
from functions.service.campaigns.email_origin import origin_of
from functions.service.campaigns.ports import Campaigns
from functions.service.campaigns.records import Campaign
from functions.service.content.email_compiler import EmailCompiler, Origin
from functions.service.processor import Processor

LOADED_MAX = 200


class UnusableFlowError(LookupError):
    """A lead is pinned to a flow version that is missing from the store or cannot be read.

    Only leads of that campaign fail; the other leads of the batch continue.
    """


class SharedFlows(Protocol):
    """A cache of flow documents that the workers share. Entries may vanish at any time."""

    async def find(self, key: str) -> Mapping[str, object] | None:
        """Never raises: returns None if the cache is unavailable."""

    async def keep(self, key: str, flow: Mapping[str, object]) -> None:
        """Never raises."""

    async def close(self) -> None: ...


class _NotShared:
    async def find(self, key: str) -> Mapping[str, object] | None:
        return None

    async def keep(self, key: str, flow: Mapping[str, object]) -> None: ...

    async def close(self) -> None: ...


NOT_SHARED = _NotShared()


class LoadedFlow:
    """One flow version, ready to step leads and to compile its e-mails."""

    def __init__(
        self,
        campaign_id: str,
        version: int,
        flow: Flow,
        compiler: EmailCompiler,
        footer: Footer | None = None,
        reply_to: str | None = None,
    ) -> None:
        self.campaign_id = campaign_id
        self.version = version
        self.executor = FlowExecutor(flow)
        self.watches_behaviour = any(
            isinstance(node, ConditionNode) and isinstance(node.configuration, BehaviourCondition)
            for node in flow.nodes
        )
        self._compiler = compiler
        self._footer = footer
        self._reply_to = reply_to
        self._nodes = flow.by_id()
        self._emails: dict[Origin, CompiledEmail] = {}
        self._compiling = asyncio.Lock()

    def is_transactional(self, node_id: str) -> bool:
        node = self._nodes.get(node_id)
        return isinstance(node, SendEmailNode) and node.configuration.purpose == "transactional"

    def subject(self, node_id: str) -> str:
        """As written, with its tags; empty if the node is not an e-mail."""
        node = self._nodes.get(node_id)
        return node.configuration.subject if isinstance(node, SendEmailNode) else ""

    async def email(self, campaign: Campaign, node_id: str, processor: Processor) -> CompiledEmail:
        """Compiled once per node and sender, beside the event loop. Raises TemplateError, or
        KeyError if the node is not an e-mail."""
        origin = origin_of(campaign, node_id)
        email = self._emails.get(origin)
        if email is not None:
            return email
        async with self._compiling:
            if origin not in self._emails:
                compiled = await processor.aside(lambda: self._compiled(origin))
                if len(self._emails) > 2 * len(self._nodes):
                    self._emails.clear()  # Sender or campaign were renamed repeatedly.
                self._emails[origin] = compiled
            return self._emails[origin]

    def _compiled(self, origin: Origin) -> CompiledEmail:
        node = self._nodes[origin.node_id]
        if not isinstance(node, SendEmailNode):
            raise KeyError(origin.node_id)
        settings = node.configuration
        return self._compiler.compile(
            origin,
            subject=settings.subject,
            body=settings.body,
            preheader=settings.preheader,
            from_name=settings.from_name,
            from_email=settings.from_email,
            reply_to=settings.reply_to,
            workspace_reply_to=self._reply_to,
            is_marketing=settings.purpose == "marketing",
            footer=self._footer,
        )


_FOOTER, _REPLY_TO = "footer", "reply_to"
"""Stand beside the nodes in the shared cache. Workers of an earlier version do not read such an
entry, and look into the store."""

_Loaded = tuple[Flow, Footer | None, str | None]
"""A flow, with the footer and the Reply-To that it was published with."""


def _read(shared: Mapping[str, object]) -> _Loaded:
    """Raises ValidationError, also for what an earlier version wrote."""
    footer = _CACHED_FOOTER.validate_python(shared.get(_FOOTER, ...))
    reply_to = _CACHED_REPLY_TO.validate_python(shared.get(_REPLY_TO, ...))
    beside = (_FOOTER, _REPLY_TO)
    flow = Flow.model_validate({key: it for key, it in shared.items() if key not in beside})
    return flow, footer, reply_to


_CACHED_FOOTER: TypeAdapter[Footer | None] = TypeAdapter(Footer | None)
_CACHED_REPLY_TO: TypeAdapter[str | None] = TypeAdapter(str | None)


class FlowCache:
    def __init__(
        self,
        campaigns: Campaigns,
        compiler: EmailCompiler,
        shared: SharedFlows = NOT_SHARED,
        loaded_max: int = LOADED_MAX,
    ) -> None:
        self._campaigns = campaigns
        self._compiler = compiler
        self._shared = shared
        self._loaded_max = loaded_max
        self._flows: OrderedDict[tuple[str, str, int], LoadedFlow] = OrderedDict()

    async def load(self, lead: Lead, version: int | None = None) -> LoadedFlow:
        """`version`: None means the one that the lead is pinned to. Raises UnusableFlowError."""
        version = lead.flow_version if version is None else version
        key = (lead.campaign_id, keys.epoch_of(lead.lead_id), version)
        loaded = self._flows.get(key)
        if loaded is None:
            flow, footer, reply_to = await self._flow(
                lead.campaign_id, version, "/".join(map(str, key))
            )
            loaded = LoadedFlow(lead.campaign_id, version, flow, self._compiler, footer, reply_to)
            self._flows[key] = loaded
            while len(self._flows) > self._loaded_max:
                self._flows.popitem(last=False)
        else:
            self._flows.move_to_end(key)
        return loaded

    async def close(self) -> None:
        await self._shared.close()

    async def _flow(self, campaign_id: str, version: int, key: str) -> _Loaded:
        shared = await self._shared.find(key)
        if shared is not None:
            with suppress(ValidationError):
                return _read(shared)
        named = f"version {version} of campaign {campaign_id}"
        stored = await self._campaigns.version(campaign_id, version)
        if stored is None:
            raise UnusableFlowError(f"{named} is not in the store")
        try:
            flow = Flow.model_validate(stored.flow)
        except ValidationError as problem:
            raise UnusableFlowError(f"{named} cannot be read: {problem}") from problem
        footer = None if stored.footer is None else asdict(stored.footer)
        beside = {_FOOTER: footer, _REPLY_TO: stored.reply_to}
        await self._shared.keep(key, {**stored.flow, **beside})
        return flow, stored.footer, stored.reply_to
