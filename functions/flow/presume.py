"""Which e-mails a lead may have been sent since a time at which it is known where it was.

After a restore, a lead is where it was at the backup, and nobody knows what it did since. A lead
moves no faster than its waits allow, whatever its reader does: so the earliest time at which it can
have come to an e-mail is the sum of the waits on the shortest way there. Invariant: the answer may
name an e-mail that was not sent, but it leaves out none that was, unless a person moved the lead or
ended a wait of it.
This module must not know stores, or what is done with the answer.
"""

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache

from functions.flow.lead import Lead, State
from functions.flow.model import Flow
from functions.flow.nodes import Node, SendEmailNode, StartNode, WaitNode
from functions.flow.nodes.wait import WaitAttribute, WaitDuration, WaitWeekday

VISITS_MAX = 100
"""A lead visits a node no more often."""
_DAY_SECONDS_MIN = 23 * 3600.0
"""A day on which the clocks change."""
_YEAR_SECONDS_MIN = 364 * 86400.0

_MOVING = frozenset(
    {State.PENDING, State.SENDING, State.WAITING, State.WATCHING, State.DEFERRED, State.UNKNOWN}
)


class Presumption:
    """Answers for the leads of one flow. What it computes for one lead, it uses for all."""

    def __init__(self, flow: Flow) -> None:
        self._nodes = flow.by_id()
        self._targets: dict[str, list[str]] = {node_id: [] for node_id in self._nodes}
        for link in flow.connections:
            self._targets[link.from_node].append(link.to_node)
        self._start = next(node.id for node in flow.nodes if isinstance(node, StartNode))
        self._from: Callable[[str], Mapping[str, float]] = cache(self._shortest)
        self._cycle: Callable[[str], float | None] = cache(self._cycle_seconds)

    def emails(self, lead: Lead, since: datetime, until: datetime) -> dict[str, int]:
        """By e-mail node, the last visit whose message may have been sent between the two times;
        empty if none was. `lead`: as it was at `since`."""
        if lead.state not in _MOVING or until < since:
            return {}
        found: dict[str, int] = {}
        node_id = lead.current_node
        leaves_at = since
        if lead.state is State.WAITING and lead.due_at is not None:
            leaves_at = max(since, lead.due_at)
        left_seconds = (until - leaves_at).total_seconds()
        reached = self._from(self._start) if node_id is None else self._beyond(node_id)
        for email, seconds in reached.items():
            times = self._times(email, left_seconds - seconds)
            if times:
                visit = lead.visits.get(email, 0) + times
                found[email] = min(visit, VISITS_MAX)
        if node_id is not None and lead.state in (State.SENDING, State.DEFERRED):
            found.setdefault(node_id, lead.visit)
        return found

    def _beyond(self, node_id: str) -> Mapping[str, float]:
        """Seconds from leaving the node to the arrival at each e-mail."""
        found: dict[str, float] = {}
        for target in self._targets.get(node_id, ()):
            for email, seconds in self._from(target).items():
                found[email] = min(seconds, found.get(email, seconds))
        return found

    def _times(self, email: str, left_seconds: float) -> int:
        """How often the lead may have come to the e-mail. `left_seconds`: from the first time."""
        if left_seconds < 0:
            return 0
        cycle_seconds = self._cycle(email)
        if cycle_seconds is None:
            return 1
        if cycle_seconds * VISITS_MAX <= left_seconds:
            return VISITS_MAX
        return 1 + int(left_seconds / cycle_seconds)

    def _shortest(self, node_id: str) -> Mapping[str, float]:
        """Seconds from the arrival at the node to the arrival at each e-mail that sends."""
        reached = self._search([node_id], _seconds_min, lambda so_far, one: so_far + one)
        return {it: seconds for it, seconds in reached.items() if _sends(self._nodes[it])}

    def _cycle_seconds(self, node_id: str) -> float | None:
        """The least time between two arrivals at the node; None if no way leads back to it.

        No cycle is shorter than the sum of its waits, nor than any one of them takes from one end
        to the next."""
        targets = self._targets[node_id]
        added = self._search(targets, _seconds_min, lambda so_far, one: so_far + one)
        if node_id not in added:
            return None
        longest = self._search(targets, _again_seconds_min, max)
        return max(added[node_id], longest[node_id])

    def _search(
        self,
        sources: list[str],
        seconds_of: Callable[[Node], float],
        joined: Callable[[float, float], float],
    ) -> dict[str, float]:
        """The best value of all ways from arriving at `sources` to arriving at each node."""
        reached: dict[str, float] = {}
        heap = [(0.0, it) for it in sources]
        while heap:
            seconds, node_id = heapq.heappop(heap)
            if node_id in reached:
                continue
            reached[node_id] = seconds
            after = joined(seconds, seconds_of(self._nodes[node_id]))
            for target in self._targets[node_id]:
                if target not in reached:
                    heapq.heappush(heap, (after, target))
        return reached


def _sends(node: Node) -> bool:
    return isinstance(node, SendEmailNode) and not node.disabled


def _seconds_min(node: Node) -> float:
    """The least time that a lead spends at the node. It may arrive just before a weekday or date
    comes."""
    if not isinstance(node, WaitNode) or node.disabled:
        return 0.0
    configuration = node.configuration
    if isinstance(configuration, WaitDuration):
        return configuration.delta() / timedelta(seconds=1)
    return 0.0


def _again_seconds_min(node: Node) -> float:
    """The least time between two departures from the node."""
    if not isinstance(node, WaitNode) or node.disabled:
        return 0.0
    match node.configuration:
        case WaitWeekday():
            return _DAY_SECONDS_MIN
        case WaitAttribute(occurs="yearly"):
            return _YEAR_SECONDS_MIN
    return _seconds_min(node)
