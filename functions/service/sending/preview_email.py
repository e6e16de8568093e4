"""Preview and test send: one e-mail of a draft, as a contact would get it.

Invariant: it is the mail that would be sent, byte for byte but for its tokens. Those record
nothing: its links lead on, its pixel is not an open, and its unsubscribe link unsubscribes nobody.
A test goes to one address, once, if the limiter permits it. It leaves no trace in the store: no
message, no count, no moved lead.
This module must not know HTTP.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from functions.flow.lead import AttributeValue
from functions.flow.outcome import Deferred, Outcome, Unknown
from functions.flow.validate import Finding, Severity
from functions.mail.address import email_key
from functions.mail.compose import CompiledEmail, Recipient, Rendered
from functions.mail.envelope import Envelope
from functions.mail.errors import RenderInterruptedError, TemplateError
from functions.service.access.admit import admit
from functions.service.access.records import WorkspaceSettings
from functions.service.access.throttle import Throttled
from functions.service.access.workspace_settings import read_workspace_settings
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.email_origin import origin_of
from functions.service.campaigns.publish import validate_aside
from functions.service.campaigns.records import Campaign
from functions.service.campaigns.restoration import check_not_held
from functions.service.content.allowance import (
    CHECK_SECONDS_MAX,
    Allowance,
    TextsTooSlowError,
)
from functions.service.content.current_footer import footer_of
from functions.service.errors import CallerError, FlowInvalidError, conflict, missing
from functions.service.execution.find_lead import find_lead
from functions.service.sending.limiter import Permit
from functions.service.sending.signing import UnusableKeyError
from functions.service.services import WorkspaceServices

SAMPLE_ADDRESS = "reader@example.com"
"""The address of the sample contact, used if no contact is named."""
SUBJECT_PREFIX = "[Test] "
SEND_SECONDS_MAX = 20.0
"""Shorter than the time for which gateways wait for an answer."""

_FIELDS = ("subject", "body", "preheader", "from_name", "from_email", "reply_to", "purpose")

T = TypeVar("T")

Texts = Mapping[str, str]
"""The texts of an e-mail node, by field. Fields that it does not set are absent."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`edits`: the fields that differ from the draft's node; None if none do. The contact is that
    of the lead `lead_id`; without it, the one described by `address` and `attributes`."""

    node_id: str
    edits: Mapping[str, object] | None = None
    lead_id: str | None = None
    address: str | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """`subject` is None, and `html` and `text` are, if a problem prevents rendering them."""

    to: str
    sender: str
    subject: str | None
    html: str | None
    text: str | None
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A test e-mail that was handed to the mail server, and its outcome."""

    envelope: Envelope
    outcome: Outcome


async def preview_email(services: WorkspaceServices, campaign_id: str, chosen: Chosen) -> Preview:
    """Raises CallerError."""
    allowance = Allowance(services.processor.seconds)
    campaign, texts, recipient, problems = await _prepared(services, campaign_id, chosen, allowance)
    at = await services.store.now()
    settings = await read_workspace_settings(services)
    write = _Writing(services, campaign, chosen.node_id, recipient, at, settings, texts, allowance)
    rendered, broken = await write.tried(texts)
    is_body_shown = rendered is not None and not broken.keys() & {"body", "preheader"}
    return Preview(
        to=recipient.email,
        sender=write.sender(texts if "from_email" not in broken else {}, rendered),
        subject=rendered.subject if rendered and "subject" not in broken else None,
        html=rendered.html if rendered and is_body_shown else None,
        text=rendered.text if rendered and is_body_shown else None,
        problems=_with_faults(problems, chosen.node_id, broken),
    )


async def send_test(
    services: WorkspaceServices, campaign_id: str, chosen: Chosen, to: str | None = None
) -> Tried:
    """`to`: None: the first test address of the workspace. Raises CallerError, with 409 if the
    address is suppressed and 429 if the limiter defers the message or too many tests are sent, or
    FlowInvalidError if the e-mail has problems."""
    await check_not_held(services)
    allowance = Allowance(services.processor.seconds)
    campaign, texts, recipient, problems = await _prepared(services, campaign_id, chosen, allowance)
    at = await services.store.now()
    settings = await read_workspace_settings(services)
    to = to or _test_address(settings)
    write = _Writing(services, campaign, chosen.node_id, recipient, at, settings, texts, allowance)
    _, broken = await write.tried(texts)
    found = _with_faults(problems, chosen.node_id, broken)
    if found:
        raise FlowInvalidError(found)
    await admit(services, Throttled.TEST_SEND, services.workspace_id)
    if await services.store.suppressions.find([(services.workspace_id, email_key(to))]):
        raise conflict("suppressed", f"{to} is suppressed and must not be sent mail.")
    texts = {**texts, "subject": SUBJECT_PREFIX + texts["subject"]}
    try:
        domain, envelope = await services.processor.aside(lambda: write.envelope(texts, to))
    except TemplateError as fault:
        raise FlowInvalidError([_finding(chosen.node_id, "body", str(fault))]) from fault
    try:
        envelope = await services.signing.signed(services.workspace_id, domain, envelope, at)
    except UnusableKeyError as problem:
        raise conflict("dkim_key_unusable", f"Not sent: {problem}") from problem
    return Tried(envelope, await _send(services, envelope))


def _test_address(settings: WorkspaceSettings) -> str:
    if not settings.test_addresses:
        message = (
            "Say where the test goes, because the settings of the workspace have no test addresses."
        )
        raise CallerError(422, "no_test_address", message, "to")
    return settings.test_addresses[0]


async def _prepared(
    services: WorkspaceServices, campaign_id: str, chosen: Chosen, allowance: Allowance
) -> tuple[Campaign, Texts, Recipient, tuple[Finding, ...]]:
    campaign = await find_campaign(services, campaign_id)
    configuration = _configuration(campaign, chosen)
    start = "start" if chosen.node_id != "start" else "start-1"
    flow = {
        "nodes": [
            {"id": start, "type": "start"},
            {"id": chosen.node_id, "type": "sendEmail", "configuration": configuration},
        ],
        "connections": [{"from_node": start, "to_node": chosen.node_id}],
    }
    found = (await validate_aside(services, flow, allowance)).findings
    problems = tuple(it for it in found if it.severity is Severity.ERROR)
    texts = {name: text for name in _FIELDS if isinstance(text := configuration.get(name), str)}
    return campaign, texts, await _recipient(services, campaign_id, chosen), problems


def _configuration(campaign: Campaign, chosen: Chosen) -> Mapping[str, object]:
    """The draft's node with the edits applied. A node that has not been saved yet may consist of
    edits only. Raises CallerError."""
    nodes = campaign.draft.get("nodes")
    drawn: object = None
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Mapping) and node.get("id") == chosen.node_id:
            if node.get("type") != "sendEmail":
                message = f"{chosen.node_id} is not an e-mail: name a node of type sendEmail."
                raise CallerError(422, "no_email", message, "node_id")
            drawn = node.get("configuration", {})
            break
    else:
        if chosen.edits is None:
            raise missing("node", chosen.node_id)
    return {**(drawn if isinstance(drawn, Mapping) else {}), **(chosen.edits or {})}


async def _recipient(services: WorkspaceServices, campaign_id: str, chosen: Chosen) -> Recipient:
    """The contact, under a new lead id each time, because the Message-ID is made from it."""
    name = f"test_{services.new_token()}"
    if chosen.lead_id is None:
        return Recipient(name, 1, 1, chosen.address or SAMPLE_ADDRESS, chosen.attributes)
    lead = (await find_lead(services, campaign_id, chosen.lead_id)).lead
    return Recipient(name, 1, 1, lead.email, lead.attributes)


@dataclass(frozen=True, slots=True)
class _Writing:
    """Renders an e-mail, or some of its fields, for one contact."""

    services: WorkspaceServices
    campaign: Campaign
    node_id: str
    recipient: Recipient
    at: datetime
    settings: WorkspaceSettings
    drafted: Texts
    """All texts of the e-mail, as they were checked."""
    allowance: Allowance

    async def tried(self, texts: Texts) -> tuple[Rendered | None, Mapping[str, str]]:
        """The e-mail without the fields that cannot be rendered, and why they cannot. Raises
        CallerError 503."""
        return await self.services.processor.aside(lambda: self._tried(texts))

    def _tried(self, texts: Texts) -> tuple[Rendered | None, Mapping[str, str]]:
        broken = self._faults(texts)
        try:
            return self({name: text for name, text in texts.items() if name not in broken}), broken
        except TemplateError as fault:
            # Each field alone renders. Together they are too large, or the campaign's sender is
            # wrong.
            return None, {**broken, "body": str(fault)}

    def envelope(self, texts: Texts, to: str) -> tuple[str, Envelope]:
        """The domain that signs the message, and the message. Raises TemplateError, CallerError
        503."""

        def written() -> tuple[str, Envelope]:
            email = self._compiled(texts)
            gauge = self.services.processor
            return email.from_domain, email.render(self.recipient, self.at, to=to, gauge=gauge)

        return self._within(texts, written)

    def __call__(self, texts: Texts) -> Rendered:
        """Raises TemplateError, CallerError 503."""

        def written() -> Rendered:
            return self._compiled(texts).write(self.recipient, self.at, self.services.processor)

        return self._within(texts, written)

    def _within(self, texts: Texts, work: Callable[[], T]) -> T:
        """Do `work` on texts within the time of the request."""
        alone = next(iter(texts)) if len(texts) == 1 else "body"
        try:
            return self.allowance.spend(texts.get(alone, ""), work)
        except TextsTooSlowError as slow:
            name = next((it for it in _FIELDS if self.drafted.get(it) == slow.text), "body")
            reason = (
                f"the texts of the e-mail take more than {CHECK_SECONDS_MAX:.0f} s, and its {name} "
                f"{slow.seconds:.1f} s of that: make it simpler"
            )
            raise _busy(name, reason) from slow
        except RenderInterruptedError as stop:
            raise _busy(alone, f"{alone}: {stop}") from stop

    def _compiled(self, texts: Texts) -> CompiledEmail:
        """Raises TemplateError."""
        return self.services.emails.compile(
            origin_of(self.campaign, self.node_id),
            subject=texts.get("subject", ""),
            body=texts.get("body"),
            preheader=texts.get("preheader"),
            from_name=texts.get("from_name"),
            from_email=texts.get("from_email"),
            reply_to=texts.get("reply_to"),
            is_marketing=texts.get("purpose") != "transactional",
            workspace_reply_to=self.settings.reply_to,
            footer=footer_of(self.settings),
            is_test=True,
        )

    def _faults(self, texts: Texts) -> dict[str, str]:
        """The fields that cannot be rendered for this contact, and why. Each is tried alone."""
        found = {}
        for name, text in texts.items():
            try:
                self({name: text})
            except TemplateError as fault:
                found[name] = str(fault)
        return found

    def sender(self, texts: Texts, rendered: Rendered | None) -> str:
        policy = self.services.policy
        address = texts.get("from_email") or self.campaign.from_email or policy.from_email
        name = rendered.from_name if rendered is not None else ""
        return f"{name} <{address}>" if name else address


def _with_faults(
    problems: tuple[Finding, ...], node_id: str, broken: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The validator's findings come first. A field that they name is not reported again."""
    named = {it.field for it in problems}
    faults = [
        _finding(node_id, name, message)
        for name, message in broken.items()
        if f"configuration.{name}" not in named
    ]
    return (*problems, *faults)


def _finding(node_id: str, name: str, message: str) -> Finding:
    return Finding(
        Severity.ERROR, "bad_template", node_id, f"configuration.{name}", f"{name}: {message}"
    )


def _busy(name: str, reason: str) -> CallerError:
    message = f"Not rendered: {reason}. Try again."
    return CallerError(503, "render_interrupted", message, f"configuration.{name}")


async def _send(services: WorkspaceServices, envelope: Envelope) -> Outcome:
    """Raises CallerError 429."""
    key = envelope.message_id
    permit = await services.limiter.ask({key: envelope.rcpt_to}, services.store.now)
    wait = permit.deferrals.get(key)
    if wait is not None:
        when = wait.at.isoformat(timespec="seconds")
        seconds = max(-(-(wait.at - await services.store.now()) // timedelta(seconds=1)), 1)
        raise CallerError(
            429,
            "mail_waits",
            f"Not sent: {wait.reason}. Try again after {when}.",
            retry_after_seconds=seconds,
        )
    try:
        return await _deliver(services, permit, envelope)
    finally:
        await services.limiter.report(permit, await services.store.now())


async def _deliver(services: WorkspaceServices, permit: Permit, envelope: Envelope) -> Outcome:
    began = False
    try:
        async with (
            asyncio.timeout(SEND_SECONDS_MAX),
            services.transport.connection() as connection,
        ):
            began = True
            outcome = await connection.send(envelope)
    except TimeoutError:
        within = f"within {SEND_SECONDS_MAX:.0f} s"
        if began:
            return Unknown(f"the mail server did not answer {within}")
        return Deferred(0, f"no connection to the mail server was free {within}")
    permit.hear(outcome, await services.store.now())
    return outcome
