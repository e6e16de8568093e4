"""A relay that limits what it takes: messages in a window of time, and connections at a time.

All processes of a world share it. Its refusals say nothing about a message, so none may cost a
delivery attempt (L3).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from functions.flow.outcome import Concern, Deferred, Phase
from functions.service.sending.records import Message
from harness.simulation.story import Violation
from harness.simulation.world import Chance, message_id_of

TOO_FAST = Deferred(450, "4.7.1 too much mail", concern=Concern.RATE)
BUSY = Deferred(421, "4.7.0 too many connections", Phase.CONNECT, Concern.CONNECTION)


@dataclass
class Relay:
    """`open`: connections of all processes. `counted`: by message id, how often an answer was about
    the message, or broke off, so that it is a delivery attempt."""

    window: int
    window_seconds: float
    connections_max: int
    open: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    _began: float = float("-inf")
    _taken: int = 0

    def opens(self) -> bool:
        if self.open >= self.connections_max:
            self.refused += 1
            return False
        self.open += 1
        return True

    def takes(self, now: float) -> bool:
        if now - self._began >= self.window_seconds:
            self._began, self._taken = now, 0
        self._taken += 1
        self.refused += self._taken > self.window
        return self._taken <= self.window


def relay_of(chance: Chance) -> Relay | None:
    """None in half of the worlds with limits."""
    if chance.random() < 0.5:
        return None
    return Relay(
        window=chance.choice([2, 5, 20]),
        window_seconds=chance.choice([1, 10, 60]),
        connections_max=chance.choice([1, 2, 3]),
    )


def limits_cost_no_attempt(relay: Relay, messages: Mapping[str, Message]) -> Iterator[Violation]:
    """L3: a message has no more delivery attempts than answers that were about it."""
    for key, message in messages.items():
        most = relay.counted[message_id_of(key)]
        if message.delivery_attempts > most:
            text = (
                f"has {message.delivery_attempts} delivery attempts, of which {most} were its own"
            )
            yield Violation("L3", key, text)
