"""Which branches of splits a lead had taken before a visit to a node.

Invariant: the answer about a visit stays the same while the lead walks on, unless it takes another
branch of the same split later. Pure.
This module must not know what is counted by branch.
"""

from collections.abc import Mapping, Sequence

from functions.flow.lead import Lead


def branches_before(lead: Lead, node_id: str, visit: int) -> Mapping[str, str]:
    """By split, the port of the branch that the lead took. Empty if the visit is not known, such as
    one at the beginning of a walk longer than `PATH_LENGTH_MAX`."""
    place = _place_of(lead.execution_path, node_id, lead.visits.get(node_id, 0) - visit)
    if place is None:
        return {}
    before = lead.execution_path[:place]
    return {
        split: branch.port
        for split, branch in lead.branches.items()
        if split in before or lead.visits.get(split, 0) > lead.execution_path.count(split)
    }


def _place_of(path: Sequence[str], node_id: str, later: int) -> int | None:
    """The place of a visit to the node after which the lead came back `later` times."""
    places = [place for place, it in enumerate(path) if it == node_id]
    return places[-1 - later] if 0 <= later < len(places) else None
