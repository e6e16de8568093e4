"""A campaign's counters.

Invariant: records are immutable and complete; a changed one is a new value, written with a
compare-and-set on `revision`, `token` or state. All times are aware UTC, whole milliseconds.
This module must not know how a store lays them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.service.access.records import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A campaign's counters. `changed[key]` is the revision that last changed `values[key]`.

    `applied` holds the keys of the journal records that this very revision added, so that a
    roll-up that died before marking them never adds them again.

    `sent_by_hour` and `sent_by_day`: messages that a mail server took, by the UTC hour
    (`2027-03-01T09`) and day (`2027-03-01`) their leads heard of it; only the latest are kept,
    see `functions.service.reports.sends`. `last_outcome_hour`: the newest in which one was taken or
    refused, empty before the first.
    """

    workspace_id: WorkspaceId
    campaign_id: str
    revision: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    applied: tuple[str, ...] = ()
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    sent_by_day: Mapping[str, int] = field(default_factory=dict)
    last_outcome_hour: str = ""
