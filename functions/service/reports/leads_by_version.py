"""Where the leads on their way are, by flow version, from the counts.

Invariant: the answer depends on the counts alone, so reading does not grow with leads. Pure.
This module must not know how counts are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.flow.journal import IN_VERSION
from functions.flow.lead import State

VERSIONS_MAX = 20
"""Versions that are told apart; leads in older ones are summed."""


@dataclass(frozen=True, slots=True)
class VersionLeads:
    """`nodes`: leads by node and state; the node is None before the first step."""

    version: int
    nodes: Mapping[str | None, Mapping[State, int]]

    @property
    def leads(self) -> int:
        return sum(sum(states.values()) for states in self.nodes.values())


def leads_by_version(values: Mapping[str, int]) -> list[VersionLeads]:
    """`values`: of the counts. Versions with leads on their way, newest first."""
    found: dict[int, dict[str | None, dict[State, int]]] = {}
    for key, number in values.items():
        section, _, rest = key.partition("/")
        if section != IN_VERSION or number <= 0:
            continue
        version, state, node_id = rest.split("/")
        nodes = found.setdefault(int(version), {})
        nodes.setdefault(node_id or None, {})[State(state)] = number
    return [VersionLeads(version, found[version]) for version in sorted(found, reverse=True)]
