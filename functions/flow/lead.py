"""The lead: one contact's walk through one campaign, as a value.

Invariant: a lead value is complete: the executor needs nothing else to decide the next step.
This module must not know how a lead is stored, leased or delivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.flow.event import TRACKING_EVENT_STORED_WITHIN
from functions.flow.value import value

AttributeValue = str | int | float | bool | None


class LeadStatus(StrEnum):
    PENDING = "pending"
    """Enrolled, not yet stepped."""
    RUNNING = "running"
    """A message is being sent; its outcome is not known yet."""
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"


ON_THEIR_WAY = (LeadStatus.PENDING, LeadStatus.RUNNING, LeadStatus.PAUSED)
"""The statuses of leads that have not ended."""


class Reason(StrEnum):
    WAIT = "wait"
    CONDITION = "condition"
    DEFERRED = "deferred"
    """The mail server, a limit or the circuit breaker told us to try later."""
    UNKNOWN = "unknown"
    """It is not known whether the server accepted a message; a person decides."""
    END = "end"
    NO_CONNECTION = "no_connection"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    GOAL = "goal"
    REJECTED = "rejected"
    TEMPLATE = "template"
    STEP_GONE = "step_gone"
    """It stood on a step that a later version of the flow lacks, and a person ended such leads."""
    POISON = "poison"
    """The lead visited a node more often, or more nodes in one step, than a valid flow needs."""


class State(StrEnum):
    """Status and reason in one value, for the transition table."""

    PENDING = "pending"
    SENDING = "sending"
    WAITING = "waiting"
    WATCHING = "watching"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    FAILED = "failed"


_PAUSED_STATE: Mapping[Reason | None, State] = {
    Reason.WAIT: State.WAITING,
    Reason.CONDITION: State.WATCHING,
    Reason.DEFERRED: State.DEFERRED,
    Reason.UNKNOWN: State.UNKNOWN,
}

_STATE = {
    LeadStatus.PENDING: State.PENDING,
    LeadStatus.RUNNING: State.SENDING,
    LeadStatus.COMPLETED: State.COMPLETED,
    LeadStatus.FAILED: State.FAILED,
}

ENDED = frozenset({State.COMPLETED, State.FAILED})
"""A lead leaves these states only when a person moves it or has it retried."""

PATH_LENGTH_MAX = 1000
"""A lead keeps only the latest nodes of a longer walk. The journal has all of them."""


@dataclass(frozen=True, slots=True)
class SentEmail:
    """The latest accepted message of an e-mail node. `at`: when the server accepted it (UTC)."""

    visit: int
    resend_number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch of a split that a lead took. `is_mailed`: whether it was sent an e-mail since."""

    port: str
    is_mailed: bool = False


@value
class Lead:
    """`seq`: the number of the lead in the campaign, from 1. `reason`: why it pauses
    or has ended; None otherwise. `current_node`: None before the first step.
    `resend_number`: of the message of this visit, from 1. `visits`: arrivals by node.

    `execution_path`: the nodes in the order of arrival. `sent_emails`: by node. `wait_until` (UTC):
    set while the lead pauses until a time. `scheduled_task_id`: the key of that pause's end, or
    None. `revision`: grows by one with every committed step. `presumed_sent`: by e-mail node, the
    last visit for which no message is sent, because the store was restored from a backup and that
    message may have left before. `arrived_at` (UTC): when it arrived at its node; None before the
    first step, and if an earlier version of this program stored it. `not_again`: e-mail nodes whose
    messages it had before it was moved to this flow version, and which it passes therefore.
    `branches`: by split, the branch that the lead took last.
    """

    lead_id: str
    campaign_id: str
    seq: int
    email: str
    attributes: Mapping[str, AttributeValue]
    flow_version: int
    enrolled_at: datetime
    status: LeadStatus = LeadStatus.PENDING
    reason: Reason | None = None
    current_node: str | None = None
    resend_number: int = 1
    visits: Mapping[str, int] = field(default_factory=dict)
    execution_path: tuple[str, ...] = ()
    sent_emails: Mapping[str, SentEmail] = field(default_factory=dict)
    wait_until: datetime | None = None
    scheduled_task_id: str | None = None
    revision: int = 0
    presumed_sent: Mapping[str, int] = field(default_factory=dict)
    arrived_at: datetime | None = None
    not_again: tuple[str, ...] = ()
    branches: Mapping[str, Branch] = field(default_factory=dict)

    @property
    def state(self) -> State:
        state = _STATE.get(self.status)
        return _PAUSED_STATE[self.reason] if state is None else state

    @property
    def due_at(self) -> datetime | None:
        """When the pause ends by itself; None if it does not. For a condition this is a little
        later than its deadline, `wait_until`: see `TRACKING_EVENT_STORED_WITHIN`."""
        if self.wait_until is None or self.reason is not Reason.CONDITION:
            return self.wait_until
        return self.wait_until + TRACKING_EVENT_STORED_WITHIN

    @property
    def visit(self) -> int:
        """The number of the current visit to the current node; 0 before the first."""
        return self.visits.get(self.current_node, 0) if self.current_node else 0
