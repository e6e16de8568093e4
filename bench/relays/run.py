"""One campaign through one relay, and what became of each of its messages.

What the store says is compared with what the relay delivered: nothing may arrive twice, nothing
that was sent may be missing, and nothing may arrive that the store does not know of.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from bench.speed.campaign import attributes
from bench.speed.stack import CAMPAIGN, Team
from functions.flow.event import TrackingEventKind
from functions.flow.lead import LeadStatus
from functions.runtime import Composition, Runtime
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.records import SuppressionReason
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.records import Message, MessageState
from functions.service.services import Services
from harness.patience import patience
from local.team.settings import TeamSettings
from local.team.wiring import compose

LOOK_SECONDS = 0.25
PAGE = 1_000
OVER = frozenset({MessageState.SENT, MessageState.REJECTED, MessageState.UNKNOWN})
UNKNOWN_NAME = "unknown"
"""Relays have no mailbox for names that begin so."""


class LateError(RuntimeError):
    """What a row waits for did not happen in time."""


@dataclass(frozen=True, slots=True)
class Relay:
    """`delivered`: how often it delivered a message to each address. `refusals`: how often a client
    exceeded a limit."""

    name: str
    uri: str
    delivered: Callable[[], Counter[str]]
    refusals: Callable[[], int]


class Run:
    """`count` contacts, `reader1@RELAY.test` and so on."""

    def __init__(self, team: Team, relay: Relay, count: int) -> None:
        self.team = team
        self.count = count
        self._relay = relay

    def __enter__(self) -> Self:
        settings = TeamSettings.read(self.team.environment)
        self._runtime = Runtime(Composition(partial(compose, settings)))
        self._services: Services = self._runtime.services
        return self

    def __exit__(self, *_: object) -> None:
        self._runtime.close()

    def prepare(self, email: Mapping[str, object], *, unknown: int = 0) -> None:
        """Import the contacts and start the stack. The first `unknown` contacts do not exist."""
        self.team.bring_in(_flow(email), [self._row(it, unknown) for it in range(self.count)])
        self.team.start()

    def launch(self) -> None:
        self._launched_at = self._runtime.run(self._services.store.now())
        self.team.launch()

    def _row(self, number: int, unknown: int) -> Row:
        name = UNKNOWN_NAME if number < unknown else "reader"
        return Row(number + 1, f"{name}{number + 1}@{self._relay.name}.test", attributes(number))

    # What happened

    def messages(self) -> list[Message]:
        return list(self._messages())

    def _messages(self) -> Iterator[Message]:
        after_key = ""
        while True:
            page = self._runtime.run(
                self._services.store.messages.page(
                    CAMPAIGN, after_key=after_key, limit=PAGE, state=None
                )
            )
            yield from page
            if len(page) < PAGE:
                return
            after_key = page[-1].key

    def count_in(self, *states: MessageState) -> int:
        return sum(it.state in states for it in self._messages())

    def failed_leads(self) -> int:
        leads = self._services.store.leads
        failed = {LeadStatus.FAILED}
        page = leads.page(CAMPAIGN, after_seq=0, limit=self.count, statuses=failed)
        return len(self._runtime.run(page))

    def sending_account(self) -> SendingAccount:
        async def look() -> SendingAccount | None:
            return await self._services.limiter.look(await self._services.store.now())

        found = self._runtime.run(look())
        assert found is not None
        return found

    def bounced(self) -> int:
        """Messages that came back, whose addresses are suppressed."""
        events = self._runtime.run(
            self._services.store.tracking_events.of_leads([it.lead_id for it in self._messages()])
        )
        suppressed = self.suppressed()
        return sum(
            it.recipient in suppressed
            and TrackingEventKind.BOUNCED in {event.kind for event in events.get(it.lead_id, ())}
            for it in self._messages()
        )

    def suppressed(self) -> set[str]:
        """The addresses of which a server said that they do not exist."""
        keys = [(DEFAULT_WORKSPACE, it.recipient) for it in self._messages()]
        found = self._runtime.run(self._services.store.suppressions.find(keys))
        return {it.email_key for it in found if it.reason is SuppressionReason.HARD_BOUNCE}

    def seconds(self) -> float:
        """From the launch to the last message that was sent."""
        last = max(it.changed_at for it in self._messages() if it.state is MessageState.SENT)
        return (last - self._launched_at).total_seconds()

    # Waiting

    def until(self, condition: Callable[[], bool], seconds_max: float, what: str) -> None:
        """Raises LateError, which says how far it came."""
        deadline = time.monotonic() + patience(seconds_max)
        while not condition():
            if time.monotonic() > deadline:
                states = Counter(it.state.value for it in self._messages())
                came = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
                raise LateError(f"not {what} after {patience(seconds_max):.0f} s: {came}")
            time.sleep(LOOK_SECONDS)

    def until_over(self, seconds_max: float) -> None:
        """Until every message has an outcome. Raises LateError."""
        self.until(lambda: self.count_in(*OVER) >= self.count, seconds_max, "over")

    def wrong(self, seconds_max: float = 60) -> list[str]:
        """What the relay delivered, compared with the store: empty if every message that was sent
        arrived once, unless its mailbox does not exist. Waits for the relay to deliver."""
        sent = {
            it.recipient
            for it in self._messages()
            if it.state is MessageState.SENT and not it.recipient.startswith(UNKNOWN_NAME)
        }
        deadline = time.monotonic() + patience(seconds_max)
        while sent - set(found := self._relay.delivered()) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        may_have = sent | {
            it.recipient for it in self._messages() if it.state is MessageState.UNKNOWN
        }
        twice = sum(number > 1 for number in found.values())
        lost, unexplained = len(sent - set(found)), len(set(found) - may_have)
        named = {"arrived twice": twice, "lost": lost, "arrived unexplained": unexplained}
        return [f"{number} {what}" for what, number in named.items() if number]


def _flow(email: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "nodes": [{"id": "start", "type": "start"}, email],
        "connections": [{"from_node": "start", "to_node": email["id"]}],
    }
