"""Dead letters in a list."""

from collections.abc import Callable
from dataclasses import dataclass, field

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import (
    CLEARED_MAX,
    Cleared,
    DeadLetter,
    DeadLetterPage,
    OpenedDeadLetter,
    Place,
    opened,
    page_of,
)


@dataclass
class FakeDeadLetters:
    """`lying`: the dead letters with their bodies. `back`: the requeued bodies, by queue."""

    lying: list[tuple[DeadLetter, bytes]] = field(default_factory=list)
    back: list[tuple[str, bytes]] = field(default_factory=list)
    is_away: bool = False

    async def page(self, *, after: Place | None, limit: int) -> DeadLetterPage:
        self._check()
        dead_letters, found = page_of([it for it, _ in self.lying], after, limit)
        return DeadLetterPage(dead_letters, len(self.lying), unseen=len(self.lying) - found)

    async def find(self, dead_letter_id: str) -> OpenedDeadLetter | None:
        self._check()
        found = [(it, body) for it, body in self.lying if it.dead_letter_id == dead_letter_id]
        dead_letters, _ = page_of([it for it, _ in found], None, 1)
        return opened(dead_letters[0], found[0][1]) if dead_letters else None

    async def requeue(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return self._clear(dead_letter_ids, self._requeue)

    async def drop(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        return self._clear(dead_letter_ids, lambda dead_letter, body: True)

    async def close(self) -> None:
        """Nothing is open."""

    def _requeue(self, dead_letter: DeadLetter, body: bytes) -> bool:
        if dead_letter.source is None:
            return False
        self.back.append((dead_letter.source, body))
        return True

    def _clear(
        self, wanted: frozenset[str] | None, take: Callable[[DeadLetter, bytes], bool]
    ) -> Cleared:
        self._check()
        chosen = [it for it in self.lying if wanted is None or it[0].dead_letter_id in wanted]
        stuck = [it for it in chosen[:CLEARED_MAX] if not take(*it)]
        gone = [it for it in chosen[:CLEARED_MAX] if it not in stuck]
        self.lying = [it for it in self.lying if it not in gone]
        missing = (wanted or frozenset()) - {
            dead_letter.dead_letter_id for dead_letter, _ in chosen
        }
        return Cleared(
            len(gone),
            len(self.lying),
            tuple(sorted(missing)),
            tuple(sorted({dead_letter.dead_letter_id for dead_letter, _ in stuck})),
        )

    def _check(self) -> None:
        if self.is_away:
            raise BrokerAwayError("no broker")
