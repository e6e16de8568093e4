"""The results of a campaign: what happened to each e-mail, and which branch of a split does better.

Rates are of the messages that were sent and did not come back. A message that came back and was
opened all the same, by a scanner perhaps, counts as delivered, so that no rate is above 1.

Invariant: reads only, a bounded number of documents however many leads there are. Everything is as
of the last roll-up. This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.flow.journal import at_key, branch_key, total_key
from functions.flow.lead import State
from functions.flow.model import NODES_MAX
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.records import Campaign
from functions.service.errors import missing
from functions.service.reports.email_results import WHATS, days_of, hours_of
from functions.service.reports.flow_outline import Outline, OutlinedEmail, OutlinedSplit, outline
from functions.service.reports.intervals import Share, Verdict, verdict
from functions.service.reports.records import EmailResults, LinkClicks, Row
from functions.service.services import WorkspaceServices

JUDGED = {"opened": True, "clicked": True, "unsubscribed": False}
"""By which of `WHATS` branches are compared, and whether more of it is better."""

Numbers = Mapping[str, int]
"""By `WHATS`."""


@dataclass(frozen=True, slots=True)
class EmailResult:
    """`is_in_flow`: whether the published flow still has it. `numbers`: of messages. `failed`:
    leads that failed there and were not retried. `links`: most clicked first; `other_links`: clicks
    on links beyond those that are kept."""

    node_id: str
    name: str
    is_in_flow: bool
    numbers: Numbers
    failed: int
    links: Sequence[LinkClicks]
    other_links: int

    def share(self, what: str) -> Share:
        return share_of(self.numbers, what)


@dataclass(frozen=True, slots=True)
class BranchResult:
    """`took`: how often the branch was taken. `numbers`: of leads that were sent an e-mail after
    they took it, and of those to whom something happened with any of these e-mails."""

    port: str
    name: str
    took: int
    numbers: Numbers

    def share(self, what: str) -> Share:
        return share_of(self.numbers, what)


@dataclass(frozen=True, slots=True)
class SplitResult:
    """`verdicts`: by each key of `JUDGED`; None while it is not decided."""

    node_id: str
    name: str
    is_in_flow: bool
    branches: Sequence[BranchResult]
    verdicts: Mapping[str, Verdict | None]


@dataclass(frozen=True, slots=True)
class CampaignResults:
    campaign: Campaign
    emails: Sequence[EmailResult]
    splits: Sequence[SplitResult]


@dataclass(frozen=True, slots=True)
class OverTime:
    """Rows by UTC hour or day, without gaps, oldest first."""

    by_hour: Mapping[str, Row]
    by_day: Mapping[str, Row]


async def campaign_results(services: WorkspaceServices, campaign_id: str) -> CampaignResults:
    """Raises CallerError 404."""
    campaign = await find_campaign(services, campaign_id)
    found = await services.store.counts.find([campaign_id])
    values: Numbers = found[0].values if found else {}
    results = await services.store.results.of_campaign(campaign_id, NODES_MAX)
    outlined = await _outline(services, campaign)
    return CampaignResults(
        campaign=campaign,
        emails=_emails(outlined, values, {it.node_id: it for it in results}),
        splits=_splits(outlined, values),
    )


async def results_over_time(
    services: WorkspaceServices, campaign_id: str, node_id: str | None
) -> OverTime:
    """Of one e-mail, or of all. Raises CallerError 404, also for an e-mail without results that the
    flow does not have."""
    campaign = await find_campaign(services, campaign_id)
    store = services.store.results
    if node_id is None:
        found = await store.of_campaign(campaign_id, NODES_MAX)
    else:
        found = await store.find(campaign_id, [node_id])
        emails = (await _outline(services, campaign)).emails
        if not found and node_id not in {it.node_id for it in emails}:
            raise missing("e-mail", node_id)
    return OverTime(by_hour=hours_of(found), by_day=days_of(found))


def share_of(numbers: Numbers, what: str) -> Share:
    delivered = max(numbers["sent"] - numbers["bounced"], 0)
    return Share(numbers[what], max(delivered, numbers[what]))


def messages_in(values: Numbers) -> Numbers:
    """The messages of all e-mails of a campaign together. `values`: those of its counts."""
    found = dict.fromkeys(WHATS, 0)
    for key, number in values.items():
        what = key.rpartition("/")[2]
        if key.startswith("total/") and what in found:
            found[what] += number
    return found


async def _outline(services: WorkspaceServices, campaign: Campaign) -> Outline:
    flow = campaign.draft
    if campaign.version:
        published = await services.store.campaigns.version(campaign.campaign_id, campaign.version)
        flow = published.flow if published is not None else flow
    return outline(flow, campaign.draft)


def _emails(
    outlined: Outline, values: Numbers, results: Mapping[str, EmailResults]
) -> list[EmailResult]:
    there = {it.node_id for it in outlined.emails}
    mailed = {_node_of(it) for it in values if it.startswith("total/") and it.endswith("/sent")}
    gone = [OutlinedEmail(it, it) for it in sorted(mailed - there)]
    return [
        _email(it, values, results.get(it.node_id), is_in_flow=it.node_id in there)
        for it in (*outlined.emails, *gone)
    ]


def _email(
    outlined: OutlinedEmail, values: Numbers, results: EmailResults | None, *, is_in_flow: bool
) -> EmailResult:
    node_id = outlined.node_id
    links = sorted(results.links, key=lambda it: (-it.leads, it.link)) if results else []
    return EmailResult(
        node_id=node_id,
        name=outlined.name,
        is_in_flow=is_in_flow,
        numbers={what: values.get(total_key(what, node_id), 0) for what in WHATS},
        failed=values.get(at_key(node_id, State.FAILED), 0),
        links=links,
        other_links=results.other_links if results else 0,
    )


def _splits(outlined: Outline, values: Numbers) -> list[SplitResult]:
    """With the branches that leads took in earlier versions of the flow."""
    there = {it.node_id for it in outlined.splits}
    taken: dict[str, set[str]] = {}
    for key in values:
        if key.startswith("branch/"):
            _, node_id, port, _ = key.split("/")
            taken.setdefault(node_id, set()).add(port)
    gone = [OutlinedSplit(it, it, {}) for it in sorted(taken.keys() - there)]
    found = []
    for split in (*outlined.splits, *gone):
        earlier = taken.get(split.node_id, set()) - split.branches.keys()
        names = {**split.branches, **{port: port for port in sorted(earlier)}}
        branches = [_branch(split.node_id, port, name, values) for port, name in names.items()]
        found.append(
            SplitResult(
                node_id=split.node_id,
                name=split.name,
                is_in_flow=split.node_id in there,
                branches=branches,
                verdicts={
                    what: verdict([it.share(what) for it in branches], more_is_better=more)
                    for what, more in JUDGED.items()
                },
            )
        )
    return found


def _branch(node_id: str, port: str, name: str, values: Numbers) -> BranchResult:
    return BranchResult(
        port=port,
        name=name,
        took=values.get(total_key(f"took:{port}", node_id), 0),
        numbers={what: values.get(branch_key(what, node_id, port), 0) for what in WHATS},
    )


def _node_of(key: str) -> str:
    return key.split("/")[1]
