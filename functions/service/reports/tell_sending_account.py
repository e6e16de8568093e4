"""Tell the sending account how much of its mail other servers blocked.

Invariant: called once for each journal record, after it was counted; what is lost if the process
dies in between is missing from a figure that only people read.
This module must not know how the account stores it.
"""

from collections.abc import Sequence

from functions.flow.journal import Entry, JournalRecord
from functions.mail.bounce_kinds import BounceKind
from functions.service.services import Services


async def tell_sending_account(services: Services, records: Sequence[JournalRecord]) -> None:
    """No round trip if nothing was blocked."""
    blocked = [(it.at, entry) for it in records for entry in it.entries if _is_blocked(entry)]
    if blocked:
        at, last = max(blocked, key=lambda it: it[0])
        await services.limiter.note_blocked(len(blocked), str(last.detail.get("words", "")), at)


def _is_blocked(entry: Entry) -> bool:
    return entry.detail.get("bounce") == BounceKind.POLICY
