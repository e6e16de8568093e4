"""What one worker remembers between its batches.

Invariant: nothing depends on it for correctness; a worker that restarts only repeats some reads.
This module must not know what a batch does.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class WorkerState:
    """`topped_up_at`: when the worker last looked for due leads. `rolled_at`: when it last rolled
    up counts. `campaign_id`: after which campaign the next top-up continues; empty: from the
    first. `delayed`: the due times of the delayed jobs that it has given to the broker.
    `excesses`: by campaign, how many of its messages in a row exceeded a limit of templates."""

    topped_up_at: datetime | None = None
    rolled_at: datetime | None = None
    campaign_id: str = ""
    delayed: deque[datetime] = field(default_factory=deque)
    excesses: dict[str, int] = field(default_factory=dict)

    def admits_delayed(self, now: datetime, until: datetime, most: int) -> bool:
        """May the broker be given another delayed job? If so, it counts until `until`."""
        if len(self.delayed) >= most:
            self.delayed = deque(due for due in self.delayed if due > now)
            if len(self.delayed) >= most:
                return False
        self.delayed.append(until)
        return True
