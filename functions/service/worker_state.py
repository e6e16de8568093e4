"""What one worker remembers between its batches.

Invariant: nothing here is needed for correctness; a worker that starts anew only looks once more.
This module must not know what a batch does.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class WorkerState:
    """`topped_up_at`: when the worker last looked for more to do. `campaign_id`: the campaign where
    it stopped looking. `rolled_at`: when it last rolled up counts. `delayed`: due times of the
    delayed jobs it has given to the broker."""

    topped_up_at: datetime | None = None
    rolled_at: datetime | None = None
    campaign_id: str = ""
    delayed: deque[datetime] = field(default_factory=deque)

    def admits_delayed(self, now: datetime, until: datetime, most: int) -> bool:
        """May one more delayed job go to the broker? One said yes to counts until `until`."""
        if len(self.delayed) >= most:
            self.delayed = deque(due for due in self.delayed if due > now)
            if len(self.delayed) >= most:
                return False
        self.delayed.append(until)
        return True
