"""What a node may see and what it may answer.

Invariant: a plan is the complete decision of a node; the executor carries it out as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import not_
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from functions.flow.event import TrackingEvents
from functions.flow.journal import DetailValue
from functions.flow.lead import Lead, Reason, SentEmail


class Strict(BaseModel):
    """Closed and immutable: an unknown key is an error and is never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Here(Protocol):
    """What a node may see of the walk that reached it.

    `lead` is the lead before the step, `sent_emails` includes what this step has changed. `zone` is
    the time zone of the campaign. `arrived_at`: when the lead arrived at this node, which is now on
    arrival. `deadline` is None on arrival, and if a pause here is computed anew; after a pause here
    it is the `wait_until` of the lead. `tracking_events` contains all that happened until
    `tracking_events_until`, and perhaps later ones.
    """

    @property
    def lead(self) -> Lead: ...

    @property
    def sent_emails(self) -> Mapping[str, SentEmail]: ...

    @property
    def now(self) -> datetime: ...

    @property
    def arrived_at(self) -> datetime: ...

    @property
    def tracking_events(self) -> TrackingEvents: ...

    @property
    def tracking_events_until(self) -> datetime: ...

    @property
    def zone(self) -> str: ...

    @property
    def deadline(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Follow:
    """Leave by `port`. `why` goes to the journal if the node had a choice."""

    port: str
    why: Mapping[str, DetailValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PauseUntil:
    at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Send:
    """Send this node's e-mail, then leave by `next`."""


@dataclass(frozen=True, slots=True)
class PassOn:
    """The node is switched off: do nothing and leave by `next`."""


@dataclass(frozen=True, slots=True)
class Finish:
    reason: str


Plan = Follow | PauseUntil | Send | PassOn | Finish

ONWARD = Follow("next")
PASS_ON = PassOn()


class NodeShape(Strict):
    """What all node types have in common. `ports` are the exits, in the order they are drawn."""

    id: str

    LABEL: ClassVar[str]
    ALWAYS_ON: ClassVar[str | None] = None
    """Why the node cannot be switched off, as the end of a sentence; None if it can."""

    def ports(self) -> tuple[str, ...]:
        return ("next",)

    def plan(self, here: Here) -> Plan:
        raise NotImplementedError


class Switchable(NodeShape):
    """A node with one exit that can be switched off: leads pass it while it is `disabled`.

    False is left out of documents, so that versions published before the switch existed stay equal.
    """

    disabled: Annotated[StrictBool, Field(exclude_if=not_)] = False
