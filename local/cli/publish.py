"""`emailbuilder campaign publish` and `move-leads`: what happens to the leads on their way."""

from typing import TYPE_CHECKING

import click

from local.cli.campaign import follow
from local.cli.output import (
    Command,
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
    from local.client import Client, Document

SEPARATOR = "="
LEFT = {
    "not_chosen": "stay in their version: nobody chose what happens to them",
    "undecided": "stay until somebody has decided about their message",
    "unsettled": "stay until their message has settled: move them again then",
}


def moves(command: Command) -> Command:
    """The options of every command that moves leads."""
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option(
            "--waits",
            type=click.Choice(["keep", "anew"]),
            default="keep",
            show_default=True,
            help="Whether waits end when they would have, or as the new version says.",
        ),
        click.option(
            "--send",
            "sent",
            multiple=True,
            metavar="STEP=TARGET",
            help="Send leads at STEP, which the new version lacks, to its step TARGET.",
        ),
        click.option(
            "--end",
            "ended",
            multiple=True,
            metavar="STEP",
            help="End leads at STEP, which the new version lacks.",
        ),
    ):
        command = option(command)
    return click.argument("campaign_id", metavar="CAMPAIGN")(asks_api(command))


@click.command()
@click.option("--move", "is_move", is_flag=True, help="Move the leads on their way, too.")
@moves
def publish(
    campaign_id: str,
    is_move: bool,
    ended: tuple[str, ...],
    sent: tuple[str, ...],
    waits: str,
    yes: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Publish the draft: new leads walk it. Leads on their way stay in their version, or move with
    --move; it shows first what that does, and asks."""
    client = connect(url)
    if not is_move:
        if ended or sent or waits != "keep" or yes:
            fail("--end, --send, --waits and --yes say how leads move: add --move.")
        published = client.change(campaign_id, "publish")
        print_json(published) if as_json else console().print("Published.")
        return
    chosen = _chosen(ended, sent, waits)
    if _is_wanted(client, campaign_id, "draft", chosen, yes=yes, as_json=as_json):
        published = client.publish(campaign_id, chosen)
        if not as_json:
            console().print(f"Published version {published['version']}.")
        _tell(client, published["move_job"], published, as_json=as_json)


@click.command("move-leads")
@moves
def move_leads(
    campaign_id: str,
    ended: tuple[str, ...],
    sent: tuple[str, ...],
    waits: str,
    yes: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Move the leads of earlier flow versions to the latest one. Shows first what that does, and
    asks."""
    client = connect(url)
    chosen = _chosen(ended, sent, waits)
    if _is_wanted(client, campaign_id, "published", chosen, yes=yes, as_json=as_json):
        job = client.move_leads(campaign_id, chosen)
        _tell(client, job, job, as_json=as_json)


def _chosen(ended: tuple[str, ...], sent: tuple[str, ...], waits: str) -> "Document":
    steps: dict[str, str | None] = dict.fromkeys(ended)
    for it in sent:
        step, separator, target = it.partition(SEPARATOR)
        if not (step and separator and target):
            fail(f"--send {it} is not STEP{SEPARATOR}TARGET, such as wait-1{SEPARATOR}email-2.")
        if step in steps:
            fail(f"{step} is named twice: choose once what happens to its leads.")
        steps[step] = target
    return {"steps": steps, "waits": waits}


def _is_wanted(
    client: "Client",
    campaign_id: str,
    of: str,
    chosen: "Document",
    *,
    yes: bool,
    as_json: bool,
) -> bool:
    """Whether a person wants it who has seen what it does. Fails if there is nobody to ask."""
    impact = client.move_impact(campaign_id, of)
    if not as_json:
        _print_impact(impact, chosen["steps"])
    if yes:
        return True
    if as_json or not is_terminal():
        fail("Say --yes to move the leads.")
    return bool(click.confirm(f"Move {impact['leads']} leads?", abort=True))


def _print_impact(impact: "Document", steps: "Document") -> None:
    gone = [it for it in impact["steps"] if it["gone"]]
    console().print(
        f"{impact['leads']} leads on their way, {impact['can_move']} can go on where they are."
    )
    if impact["sending"]:
        console().print(f"{impact['sending']} move after their message has been sent.")
    if not gone:
        return
    table = make_table("step that is gone", "leads", "what happens to them")
    for it in gone:
        node_id = it["node_id"]
        target = steps.get(node_id)
        kept = "they stay in their version (choose with --end or --send)"
        told = f"they go to {target}" if target else "they end" if node_id in steps else kept
        table.add_row(f"[bold]{escaped(node_id)}[/]", str(it["gone"]), escaped(told))
    table.columns[1].justify = "right"
    console().print(table)


def _tell(client: "Client", job: "Document | None", answer: "Document", *, as_json: bool) -> None:
    if as_json:
        print_json({**answer, "move_job": job and client.finished(job["job_id"])})
        return
    if job is None:
        console().print("Nobody is on the way.")
        return
    report = follow(client, job, "Moving leads")["report"]
    console().print(f"{report['moved']} leads moved, {report['ended']} ended.")
    for key, message in LEFT.items():
        if report.get(key):
            console().print(f"{report[key]} {message}.")
    if report.get("stopped") == "overtaken":
        console().print("Another move has taken over.")
