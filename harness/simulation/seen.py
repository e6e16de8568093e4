"""What the naive model knows about readers: their tracking events, and when these were stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.simulation.world import World

STORED_WITHIN = timedelta(seconds=1)
"""A tracking event that is stored this soon after its time always counts if it met the deadline."""


@dataclass(frozen=True, slots=True)
class SeenTrackingEvent:
    """`tick` and `stored_at`: when its insertion was answered; None if it never was."""

    kind: str
    node_id: str
    visit: int
    at: datetime
    link: str | None
    tick: int | None
    stored_at: datetime | None

    def matches(self, settings: Mapping[str, object], visit: int) -> bool:
        """Whether a condition with these settings watches for it. `visit`: of its e-mail."""
        kinds = ("clicked",) if settings["event"] == "clicked" else ("opened", "clicked")
        return (
            self.node_id == settings["email_node"]
            and self.visit == visit
            and self.kind in kinds
            and settings.get("link") in (None, self.link)
        )

    def was_stored(self, world: World, committed: int | None, now: datetime) -> bool:
        """Whether it was stored before a step looked that was `committed` at that tick; uncertain
        if the clock was set back meanwhile.
        """
        if self.tick is None or self.stored_at is None or committed is None:
            return False
        is_before = self.tick < committed and self.stored_at < now
        return is_before and not any(self.tick < it < committed for it in world.steps_back)

    def was_stored_soon(self, world: World, committed: int | None) -> bool:
        """Whether it was stored within the time that a condition allows."""
        if self.tick is None or self.stored_at is None or committed is None:
            return False
        is_soon = self.stored_at - self.at < STORED_WITHIN
        return is_soon and not any(it < max(self.tick, committed) for it in world.steps_back)
