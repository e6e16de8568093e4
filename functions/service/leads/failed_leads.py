"""Failed leads together: why each failed, whether it can be retried, and how many are alike.

Invariant: reads only. A lead can be retried together with others only if its message was certainly
not sent: it was refused, or it could not be rendered. This module must not know HTTP.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.flow import keys
from functions.flow.lead import Lead, LeadStatus, Reason
from functions.mail.address import email_key
from functions.mail.answer_kind import answer_kind
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.execution.flow_cache import UnusableFlowError
from functions.service.execution.records import StoredLead
from functions.service.sending.message_rules import refuses
from functions.service.sending.records import Message, MessageState
from functions.service.services import WorkspaceServices

PAGE_LEADS = 500
COUNTED_MAX = 10_000
"""Leads counted in one call."""
GROUPS_MAX = 100


class Obstacle(StrEnum):
    """Why a failed lead is not retried together with others."""

    SUPPRESSED = "suppressed"
    IN_CIRCLES = "in_circles"
    """It failed as `poison`: no e-mail failed it."""
    NOT_REFUSED = "not_refused"
    """Its message is not stored as refused, so it may have been sent."""
    FLOW_UNUSABLE = "flow_unusable"
    """The flow version that it walks cannot be read."""


@dataclass(frozen=True, slots=True)
class Group:
    """What leads that failed alike have in common. `answer`: the kind of the mail server's answer,
    or of the error in the template; empty if there is none."""

    node_id: str
    reason: Reason
    answer: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Groups that a person chose: those with this node, reason and answer. None: with any."""

    node_id: str | None = None
    reason: Reason | None = None
    answer: str | None = None

    def includes(self, group: Group) -> bool:
        return (
            self.node_id in (None, group.node_id)
            and self.reason in (None, group.reason)
            and self.answer in (None, group.answer)
        )


@dataclass(frozen=True, slots=True)
class FailedLead:
    """`failed_at`: when its message was refused; None if it has no refused message."""

    stored: StoredLead
    group: Group
    failed_at: datetime | None
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class GroupCount:
    """`leads`: all of them. `obstacles`: how many of them cannot be retried, and why."""

    leads: int
    obstacles: Mapping[Obstacle, int]

    @property
    def can_retry(self) -> int:
        return self.leads - sum(self.obstacles.values())


@dataclass(frozen=True, slots=True)
class FailedCount:
    """`groups`: the `GROUPS_MAX` largest, largest first. `others`: the leads of all other groups.
    `counted_to`: the seq of the last lead that was counted. `is_complete`: no failed lead comes
    after it."""

    groups: Sequence[tuple[Group, GroupCount]]
    others: GroupCount
    counted_to: int
    is_complete: bool


async def count_failed_leads(
    services: WorkspaceServices, campaign_id: str, *, after_seq: int, node_id: str | None = None
) -> FailedCount:
    """Count up to `COUNTED_MAX` failed leads after `after_seq`, by group. Raises CallerError 404.
    Three round trips for every `PAGE_LEADS`."""
    await find_campaign(services, campaign_id)
    leads: Counter[Group] = Counter()
    obstacles: dict[Group, Counter[Obstacle]] = {}
    for _ in range(COUNTED_MAX // PAGE_LEADS):
        page = await failed_page(services, campaign_id, after_seq, node_id)
        for it in page:
            leads[it.group] += 1
            if it.obstacle is not None:
                obstacles.setdefault(it.group, Counter())[it.obstacle] += 1
        if page:
            after_seq = page[-1].stored.lead.seq
        if len(page) < PAGE_LEADS:
            break
    counted = [
        (group, GroupCount(number, obstacles.get(group, {})))
        for group, number in leads.most_common()
    ]
    rest = [number for _, number in counted[GROUPS_MAX:]]
    together: Counter[Obstacle] = Counter()
    for number in rest:
        together.update(number.obstacles)
    return FailedCount(
        groups=counted[:GROUPS_MAX],
        others=GroupCount(sum(it.leads for it in rest), together),
        counted_to=after_seq,
        is_complete=len(page) < PAGE_LEADS,
    )


async def failed_page(
    services: WorkspaceServices, campaign_id: str, after_seq: int, node_id: str | None = None
) -> list[FailedLead]:
    """By seq. Three round trips."""
    found = await services.store.leads.page(
        campaign_id,
        after_seq=after_seq,
        limit=PAGE_LEADS,
        statuses=(LeadStatus.FAILED,),
        node_id=node_id,
    )
    by_key = {_message_key(it.lead): it for it in found}
    messages = {it.key: it for it in await services.store.messages.find(list(by_key))}
    addresses = sorted({(services.workspace_id, email_key(it.lead.email)) for it in found})
    suppressions = {it.email_key: it for it in await services.store.suppressions.find(addresses)}
    failed = []
    for key, stored in by_key.items():
        lead, message = stored.lead, messages.get(key)
        refused = message if message and message.state is MessageState.REJECTED else None
        suppression = suppressions.get(email_key(lead.email))
        try:
            loaded = await services.flows.load(lead)
            is_transactional = loaded.is_transactional(lead.current_node or "")
            obstacle = _obstacle(lead, refused)
            if obstacle is None and suppression and refuses(suppression, is_transactional):
                obstacle = Obstacle.SUPPRESSED
        except UnusableFlowError:
            obstacle = Obstacle.FLOW_UNUSABLE
        failed.append(
            FailedLead(
                stored=stored,
                group=_group(lead, refused),
                failed_at=refused.changed_at if refused else None,
                obstacle=obstacle,
            )
        )
    return failed


def _message_key(lead: Lead) -> str:
    return keys.send_key(lead.lead_id, lead.current_node or "", lead.visit, lead.resend_number)


def _obstacle(lead: Lead, refused: Message | None) -> Obstacle | None:
    if lead.reason is Reason.POISON:
        return Obstacle.IN_CIRCLES
    return None if refused else Obstacle.NOT_REFUSED


def _group(lead: Lead, refused: Message | None) -> Group:
    is_of_message = refused is not None and lead.reason is not Reason.POISON
    answer = answer_kind(refused.outcome_reason, lead.email) if refused and is_of_message else ""
    return Group(lead.current_node or "", lead.reason or Reason.REJECTED, answer)
