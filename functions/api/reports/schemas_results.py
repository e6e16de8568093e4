"""Schemas of the results of a campaign, and the lines of its CSV files."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from functions.service.reports.campaign_results import (
    BranchResult,
    CampaignResults,
    EmailResult,
    SplitResult,
)
from functions.service.reports.email_results import WHATS, began
from functions.service.reports.intervals import Share, Verdict, wilson
from functions.service.reports.records import LinkClicks, Row


class RateView(BaseModel):
    """`low` and `high`: the ends of Wilson's 95 % interval."""

    count: int
    of: int = Field(description="Messages or leads that count; those that came back do not.")
    rate: float | None = Field(description="0 to 1; null if there is nothing to divide by.")
    low: float
    high: float

    @classmethod
    def of_share(cls, share: Share) -> "RateView":
        interval = wilson(share)
        return cls(
            count=share.successes,
            of=share.trials,
            rate=share.rate if share.trials else None,
            low=interval.low,
            high=interval.high,
        )


class RatesView(BaseModel):
    opened: RateView
    clicked: RateView
    unsubscribed: RateView

    @classmethod
    def of(cls, result: EmailResult | BranchResult) -> "RatesView":
        return cls(
            opened=RateView.of_share(result.share("opened")),
            clicked=RateView.of_share(result.share("clicked")),
            unsubscribed=RateView.of_share(result.share("unsubscribed")),
        )


class LinkView(BaseModel):
    link: str = Field(description="As it is written in the e-mail.")
    leads: int = Field(description="Leads that clicked it; each counts once.")

    @classmethod
    def of(cls, clicks: LinkClicks) -> "LinkView":
        return cls(link=clicks.link, leads=clicks.leads)


class EmailResultView(BaseModel):
    """Numbers of messages: the first open, click … of each counts."""

    node_id: str
    name: str
    is_in_flow: bool = Field(description="Whether the published flow still has it.")
    sent: int
    bounced: int
    complained: int
    opened: int
    clicked: int
    unsubscribed: int
    failed: int = Field(description="Leads that failed at this e-mail and were not retried.")
    rates: RatesView
    links: list[LinkView] = Field(description="Most clicked first; at most 100.")
    other_links: int = Field(description="Clicks on further links, each lead once a link.")

    @classmethod
    def of(cls, result: EmailResult) -> "EmailResultView":
        return cls(
            node_id=result.node_id,
            name=result.name,
            is_in_flow=result.is_in_flow,
            **result.numbers,
            failed=result.failed,
            rates=RatesView.of(result),
            links=[LinkView.of(it) for it in result.links],
            other_links=result.other_links,
        )


class BranchView(BaseModel):
    """Numbers of leads that took the branch, for all e-mails that they were sent after it; each
    lead counts once."""

    port: str
    name: str
    took: int = Field(description="How often the branch was taken.")
    sent: int = Field(description="Leads that were sent an e-mail since.")
    bounced: int
    complained: int
    opened: int
    clicked: int
    unsubscribed: int
    rates: RatesView

    @classmethod
    def of(cls, branch: BranchResult) -> "BranchView":
        return cls(
            port=branch.port,
            name=branch.name,
            took=branch.took,
            **branch.numbers,
            rates=RatesView.of(branch),
        )


class VerdictView(BaseModel):
    """A branch that does better than each of the others. `low` and `high`: the ends of the 95 %
    interval of the difference to `runner_up`, the branch that may come nearest."""

    better: str = Field(description="The port of the better branch.")
    runner_up: str
    low: float
    high: float


class VerdictsView(BaseModel):
    """null: not decided yet."""

    opened: VerdictView | None
    clicked: VerdictView | None
    unsubscribed: VerdictView | None = Field(description="Fewer are better.")


class SplitResultView(BaseModel):
    node_id: str
    name: str
    is_in_flow: bool
    branches: list[BranchView]
    verdicts: VerdictsView

    @classmethod
    def of(cls, split: SplitResult) -> "SplitResultView":
        return cls(
            node_id=split.node_id,
            name=split.name,
            is_in_flow=split.is_in_flow,
            branches=[BranchView.of(it) for it in split.branches],
            verdicts=VerdictsView.model_validate(
                {what: _verdict(split, it) for what, it in split.verdicts.items()}
            ),
        )


def _verdict(split: SplitResult, verdict: Verdict | None) -> VerdictView | None:
    if verdict is None:
        return None
    return VerdictView(
        better=split.branches[verdict.place].port,
        runner_up=split.branches[verdict.runner_up].port,
        low=verdict.interval.low,
        high=verdict.interval.high,
    )


_RATE: JsonDict = {"count": 3, "of": 8, "rate": 0.375, "low": 0.137, "high": 0.694}
_RATES: JsonDict = {"opened": _RATE, "clicked": _RATE, "unsubscribed": _RATE}
_NUMBERS: JsonDict = {
    "sent": 8,
    "bounced": 0,
    "complained": 0,
    "opened": 3,
    "clicked": 3,
    "unsubscribed": 3,
    "rates": _RATES,
}


class ResultsView(BaseModel):
    """As of the last roll-up, usually a second ago."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "campaign_id": "welcome",
                    "name": "Welcome",
                    "emails": [
                        {
                            "node_id": "email-1",
                            "name": "Hello",
                            "is_in_flow": True,
                            **_NUMBERS,
                            "failed": 0,
                            "links": [{"link": "https://example.com/pricing", "leads": 3}],
                            "other_links": 0,
                        }
                    ],
                    "splits": [
                        {
                            "node_id": "split-1",
                            "name": "split-1",
                            "is_in_flow": True,
                            "branches": [
                                {"port": it, "name": it, "took": 8, **_NUMBERS} for it in "ab"
                            ],
                            "verdicts": {"opened": None, "clicked": None, "unsubscribed": None},
                        }
                    ],
                }
            ]
        }
    )

    campaign_id: str
    name: str
    emails: list[EmailResultView]
    splits: list[SplitResultView]

    @classmethod
    def of(cls, results: CampaignResults) -> "ResultsView":
        return cls(
            campaign_id=results.campaign.campaign_id,
            name=results.campaign.name,
            emails=[EmailResultView.of(it) for it in results.emails],
            splits=[SplitResultView.of(it) for it in results.splits],
        )


class PointView(BaseModel):
    """Numbers of messages in one UTC hour or day."""

    at: datetime = Field(description="When the hour or day began.")
    sent: int
    bounced: int
    complained: int
    opened: int
    clicked: int
    unsubscribed: int


class OverTimeView(BaseModel):
    unit: str
    points: list[PointView] = Field(description="Oldest first, without gaps.")

    @classmethod
    def of(cls, unit: str, rows: Mapping[str, Row]) -> "OverTimeView":
        points = [
            PointView.model_validate({"at": began(key), **dict(zip(WHATS, row, strict=True))})
            for key, row in rows.items()
        ]
        return cls(unit=unit, points=points)


COLUMNS = (
    *("kind", "id", "name", "link or branch"),
    *WHATS,
    *("failed", "opened rate", "clicked rate", "unsubscribed rate"),
)
"""Of the CSV file: a row for each e-mail, link and branch."""

TIME_COLUMNS = ("at", *WHATS)


def result_rows(results: CampaignResults) -> Iterator[list[str]]:
    """What a row does not have is left empty."""
    for email in results.emails:
        numbers = [str(email.numbers[it]) for it in WHATS]
        named = [email.node_id, email.name]
        yield ["email", *named, "", *numbers, str(email.failed), *_rates(email)]
        for it in email.links:
            clicks = [str(it.leads) if what == "clicked" else "" for what in WHATS]
            yield ["link", *named, it.link, *clicks, "", "", "", ""]
    for split in results.splits:
        for branch in split.branches:
            numbers = [str(branch.numbers[it]) for it in WHATS]
            named = [split.node_id, split.name, branch.name]
            yield ["branch", *named, *numbers, "", *_rates(branch)]


def _rates(result: EmailResult | BranchResult) -> list[str]:
    shares = [result.share(it) for it in ("opened", "clicked", "unsubscribed")]
    return [f"{it.rate:.4f}" if it.trials else "" for it in shares]


def time_rows(rows: Mapping[str, Row]) -> Iterator[list[str]]:
    for key, row in rows.items():
        yield [began(key).isoformat(), *map(str, row)]
