"""Dead letters in a list."""

from collections.abc import Callable
from dataclasses import dataclass, field

from functions.service.operations.ports import BrokerAwayError
from functions.service.operations.records import (
    CLEARED_MAX,
    Cleared,
    DeadLetter,
    LetterPage,
    OpenedLetter,
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

    async def page(self, *, after: Place | None, limit: int) -> LetterPage:
        self._check()
        letters, found = page_of([it for it, _ in self.lying], after, limit)
        return LetterPage(letters, len(self.lying), unseen=len(self.lying) - found)

    async def find(self, letter_id: str) -> OpenedLetter | None:
        self._check()
        found = [(it, body) for it, body in self.lying if it.letter_id == letter_id]
        letters, _ = page_of([it for it, _ in found], None, 1)
        return opened(letters[0], found[0][1]) if letters else None

    async def requeue(self, letter_ids: frozenset[str] | None) -> Cleared:
        return self._clear(letter_ids, self._requeue)

    async def drop(self, letter_ids: frozenset[str] | None) -> Cleared:
        return self._clear(letter_ids, lambda letter, body: True)

    async def close(self) -> None:
        """Nothing is open."""

    def _requeue(self, letter: DeadLetter, body: bytes) -> bool:
        if letter.source is None:
            return False
        self.back.append((letter.source, body))
        return True

    def _clear(
        self, wanted: frozenset[str] | None, take: Callable[[DeadLetter, bytes], bool]
    ) -> Cleared:
        self._check()
        chosen = [it for it in self.lying if wanted is None or it[0].letter_id in wanted]
        stuck = [it for it in chosen[:CLEARED_MAX] if not take(*it)]
        gone = [it for it in chosen[:CLEARED_MAX] if it not in stuck]
        self.lying = [it for it in self.lying if it not in gone]
        missing = (wanted or frozenset()) - {letter.letter_id for letter, _ in chosen}
        return Cleared(
            len(gone),
            len(self.lying),
            tuple(sorted(missing)),
            tuple(sorted({letter.letter_id for letter, _ in stuck})),
        )

    def _check(self) -> None:
        if self.is_away:
            raise BrokerAwayError("no broker")
