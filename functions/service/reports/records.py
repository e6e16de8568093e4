"""A campaign's counters.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.service.access.records import WorkspaceId
from functions.service.reports.returned_mail import ReturnedMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A campaign's counters. `changed[key]`: the revision that last changed `values[key]`; the
    leads in each flow version (`functions.flow.journal.version_key`) have none, and no zeros.

    `applied`: the keys of the journal records that the latest revision has added. If a roll-up dies
    before it marks them, the next one knows not to add them again.

    `sent_by_hour` and `sent_by_day`: messages that a mail server accepted, by the UTC hour
    (`2027-03-01T09`) and day (`2027-03-01`) in which their lead was stepped. Only the latest are
    kept, see `functions.service.reports.sends`. `last_outcome_hour`: the latest hour in which a
    message was accepted or refused; empty before the first. `returned`: how much of its mail came
    back lately.
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
    returned: ReturnedMail = field(default_factory=ReturnedMail)
