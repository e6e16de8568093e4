"""What a node may see and what it may answer.

Invariant: a plan is the node's whole decision; the executor carries it out without asking back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import not_
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from functions.flow.event import Hits
from functions.flow.journal import DetailValue
from functions.flow.lead import Lead, Reason, SentEmail


class Strict(BaseModel):
    """Closed and immutable: an unknown key is an error, never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Here(Protocol):
    """What a node may see of the walk that reached it.

    `lead` is as it was before the step, `sent_emails` as of now. `zone`: the campaign's.
    `deadline` is None on arrival; when the lead paused here, it is the lead's `wait_until`. Every
    hit that happened until `hits_until` is among `hits`; of later ones, some may be.
    """

    @property
    def lead(self) -> Lead: ...

    @property
    def sent_emails(self) -> Mapping[str, SentEmail]: ...

    @property
    def now(self) -> datetime: ...

    @property
    def hits(self) -> Hits: ...

    @property
    def hits_until(self) -> datetime: ...

    @property
    def zone(self) -> str: ...

    @property
    def deadline(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Follow:
    """Leave by `port`; `why` goes to the journal where there was a choice."""

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
    """The node is switched off: leave by `next`, with nothing done."""


@dataclass(frozen=True, slots=True)
class Finish:
    words: str


Plan = Follow | PauseUntil | Send | PassOn | Finish

ONWARD = Follow("next")
PASS_ON = PassOn()


class NodeShape(Strict):
    """What every node type has. `ports` are its exits, in the order they are drawn."""

    id: str

    LABEL: ClassVar[str]
    ALWAYS_ON: ClassVar[str | None] = None
    """Why it cannot be switched off, as the end of a sentence; None where it can."""

    def ports(self) -> tuple[str, ...]:
        return ("next",)

    def plan(self, here: Here) -> Plan:
        raise NotImplementedError


class Switchable(NodeShape):
    """A node that does something and has one way out: while it is `disabled`, leads pass it by.

    False is left out of documents: versions published before there was a switch stay as they are.
    """

    disabled: Annotated[StrictBool, Field(exclude_if=not_)] = False
