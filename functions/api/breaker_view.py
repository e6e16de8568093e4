"""What answers say of the sending account's circuit breaker."""

from datetime import datetime

from pydantic import BaseModel

from functions.service.breaker import BreakerState
from functions.service.limiter import Account

_BREAKER = {
    BreakerState.CLOSED: "Mail goes out.",
    BreakerState.OPEN: "The mail server refused mail of this account again and again: leads wait.",
    BreakerState.PROBING: "One message finds out whether mail is taken again; the others wait.",
}


class BreakerView(BaseModel):
    """`since`: when it came to this state, null if it never was in another. `open_until`: when
    mail is tried again, or the present try is given up. `last_words`: of the latest refusal.
    Whose it is stays in the figures: anybody may read this."""

    state: BreakerState
    since: datetime | None
    open_until: datetime | None
    refusals: int
    last_words: str
    words: str

    @classmethod
    def of(cls, account: Account) -> "BreakerView":
        it = account.breaker
        return cls(
            state=it.state,
            since=it.since,
            open_until=it.open_until,
            refusals=it.refusals,
            last_words=it.words,
            words=_BREAKER[it.state],
        )
