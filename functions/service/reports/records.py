"""A campaign's counters, and the results of its e-mails.

Invariant: records are immutable and complete. A change makes a new record, which is written by
compare-and-set on `revision`, `token` or state. All times are aware UTC, in whole milliseconds.
This module must not know how a store lays out its documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.service.access.records import WorkspaceId
from functions.service.reports.returned_mail import ReturnedMail

Row = tuple[int, ...]
"""Numbers of messages, in the order of `functions.service.reports.email_results.WHATS`."""


@dataclass(frozen=True, slots=True)
class LinkClicks:
    """`link`: as it is written in the e-mail. `leads`: how many clicked it."""

    link: str
    leads: int


@dataclass(frozen=True, slots=True)
class EmailTally:
    """What some records of the journal add to the results of one e-mail. `by_hour`: by the UTC hour
    (`2027-03-01T09`)."""

    by_hour: Mapping[str, Row] = field(default_factory=dict)
    links: tuple[LinkClicks, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailResults:
    """The results of one e-mail of a campaign. `by_hour` and `by_day`: rows by UTC hour and day.
    `links`: at most `email_results.LINKS_KEPT`; `other_links` counts the clicks on others.
    `counted`: the revision of the campaign's counts up to which records are in it. `revision`:
    grows by one with each change, from 1."""

    campaign_id: str
    node_id: str
    revision: int = 0
    counted: int = 0
    by_hour: Mapping[str, Row] = field(default_factory=dict)
    by_day: Mapping[str, Row] = field(default_factory=dict)
    links: tuple[LinkClicks, ...] = ()
    other_links: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A campaign's counters. `changed[key]`: the revision that last changed `values[key]`; the
    leads in each flow version (`functions.flow.journal.version_key`) have none, and no zeros.

    `applied`: the keys of the journal records that the latest revision has added. If a roll-up dies
    before it marks them, the next one knows not to add them again.

    `sent_by_hour` and `sent_by_day`: messages that a mail server accepted, by the UTC hour
    (`2027-03-01T09`) and day (`2027-03-01`) in which their lead was stepped. Only the latest are
    kept, see `functions.service.reports.sends`. `tallies`: what the latest revision adds to the
    results of e-mails, by node; a roll-up that dies leaves it to the next one.
    `last_outcome_hour`: the latest hour in which a message was accepted or refused; empty before
    the first. `returned`: how much of its mail came back lately.
    """

    workspace_id: WorkspaceId
    campaign_id: str
    revision: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    applied: tuple[str, ...] = ()
    sent_by_hour: Mapping[str, int] = field(default_factory=dict)
    sent_by_day: Mapping[str, int] = field(default_factory=dict)
    tallies: Mapping[str, EmailTally] = field(default_factory=dict)
    last_outcome_hour: str = ""
    returned: ReturnedMail = field(default_factory=ReturnedMail)
