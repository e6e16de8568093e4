"""`emailbuilder campaign retry-failed`: count the failed leads of a campaign, then retry them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from local.cli.campaign import follow
from local.cli.output import (
    asks_api,
    connect,
    console,
    escaped,
    fail,
    is_terminal,
    make_table,
    print_json,
)

if TYPE_CHECKING:
    from local.client import Document

CHOSEN_MAX = 200
"""The API accepts no more groups in one request."""
OBSTACLES = {
    "suppressed": "suppressed",
    "in_circles": "went in circles",
    "not_refused": "may have been sent",
    "flow_unusable": "flow unusable",
}

_Key = tuple[str, str, str]


@dataclass
class _Group:
    leads: int = 0
    can_retry: int = 0
    obstacles: Counter[str] = field(default_factory=Counter)

    def add(self, counted: "Document") -> None:
        self.leads += counted["leads"]
        self.can_retry += counted["can_retry"]
        self.obstacles.update(counted["obstacles"])


@click.command("retry-failed")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--node", help="Only leads that failed at this node.")
@click.option(
    "--reason",
    type=click.Choice(["rejected", "template"]),
    help="Only leads that the mail server rejected, or whose e-mail could not be rendered.",
)
@click.option("--answer", help="Only answers that begin with this, such as 554 or '554 5.7.1'.")
@click.option("--why", default="", help="Who asked for it or why, for the leads' timelines.")
@click.option("--dry-run", is_flag=True, help="Only count them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@asks_api
def retry_failed(
    campaign_id: str,
    node: str | None,
    reason: str | None,
    answer: str | None,
    why: str,
    dry_run: bool,
    yes: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Retry failed leads together. Shows first how many they are and why they failed, and asks."""
    client = connect(url)
    groups, others = _count(client.failed_leads(campaign_id, node))
    if reason or answer:
        others = _Group()
    groups = {
        key: group
        for key, group in groups.items()
        if reason in (None, key[1]) and key[2].startswith(answer or "")
    }
    can_retry = sum(it.can_retry for it in groups.values()) + others.can_retry
    if not as_json:
        _print(groups, others)
    if dry_run or can_retry == 0:
        if as_json:
            print_json({"groups": [_document(*it) for it in groups.items()]})
        elif groups or others.leads:
            console().print(f"{can_retry} of them can be retried.")
        return
    if not yes:
        if as_json or not is_terminal():
            fail("Say --yes to retry them, or --dry-run to count them.")
        click.confirm(f"Retry {can_retry} leads?", abort=True)
    chosen = _choices(groups, node, reason, answer)
    job = client.retry_failed(campaign_id, chosen, why)
    if as_json:
        print_json(client.finished(job["job_id"]))
        return
    report = follow(client, job, "Retrying failed leads")["report"]
    console().print(f"{report['retried']} leads are retried, as fast as the rates allow.")


def _choices(
    groups: dict[_Key, _Group], node: str | None, reason: str | None, answer: str | None
) -> "list[Document]":
    """Groups are named only if answers were chosen: otherwise node and reason say it all."""
    if answer is None:
        given = {"node_id": node, "reason": reason}
        return [{key: value for key, value in given.items() if value}] if node or reason else []
    if len(groups) > CHOSEN_MAX:
        fail(
            f"{len(groups)} groups of failed leads match, more than the {CHOSEN_MAX} of one "
            "request: choose a node, or a longer beginning of the answer."
        )
    return [{"node_id": key[0], "reason": key[1], "answer": key[2]} for key in groups]


def _count(parts: "Iterable[Document]") -> tuple[dict[_Key, _Group], _Group]:
    """The groups, largest first, and all leads that are in none of them."""
    groups: dict[_Key, _Group] = {}
    others = _Group()
    for part in parts:
        for it in part["groups"]:
            groups.setdefault((it["node_id"], it["reason"], it["answer"]), _Group()).add(it)
        others.add(part["others"])
    largest = sorted(groups.items(), key=lambda it: -it[1].leads)
    return dict(largest), others


def _document(key: _Key, group: _Group) -> "Document":
    return {
        **dict(zip(("node_id", "reason", "answer"), key, strict=True)),
        "leads": group.leads,
        "can_retry": group.can_retry,
        "obstacles": dict(group.obstacles),
    }


def _print(groups: dict[_Key, _Group], others: _Group) -> None:
    if not groups and not others.leads:
        console().print("No failed leads match.")
        return
    table = make_table("node", "reason", "leads", "can retry", "not retried", "answer")
    for (node, reason, answer), group in groups.items():
        left = ", ".join(f"{number} {OBSTACLES[it]}" for it, number in group.obstacles.items())
        table.add_row(
            f"[bold]{node}[/]",
            reason,
            str(group.leads),
            str(group.can_retry),
            left or "–",
            escaped(answer) or "–",
        )
    if others.leads:
        table.add_row("others", "", str(others.leads), str(others.can_retry), "–", "–")
    for column in table.columns[2:4]:
        column.justify = "right"
    console().print(table)
