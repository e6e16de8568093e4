"""`emailbuilder lead …`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from local.cli.output import AsJson, Url, connect, console, print_json, status_words, when

app = typer.Typer(no_args_is_help=True)

CampaignId = Annotated[str, typer.Argument(help="The campaign's id.")]
LeadId = Annotated[str, typer.Argument(help="The lead's id.")]
Words = Annotated[str, typer.Option("--words", help="By whom or why, for the lead's timeline.")]


@app.command()
def show(campaign: CampaignId, lead: LeadId, url: Url = None, as_json: AsJson = False) -> None:
    """What happened to a lead, why, and what comes next."""
    found = connect(url).lead(campaign, lead)
    if as_json:
        print_json(found)
        return
    _print_status(found)
    for it in found["timeline"]:
        console.print(f"  [dim]{when(it['at'])}[/]  {it['words']}")
    if found.get("next"):
        console.print(f"  [bold]Next:[/] {found['next']}")


@app.command("skip-wait")
def skip_wait(
    campaign: CampaignId, lead: LeadId, words: Words = "", url: Url = None, as_json: AsJson = False
) -> None:
    """End a lead's wait now."""
    _steer(campaign, lead, "skip-wait", {"words": words}, url, as_json)


@app.command()
def move(
    campaign: CampaignId,
    lead: LeadId,
    node: Annotated[str, typer.Argument(help="The id of the node to arrive at.")],
    words: Words = "",
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Move a lead to another node; an e-mail there is sent, also to one that had it before."""
    _steer(campaign, lead, "move", {"node_id": node, "words": words}, url, as_json)


@app.command()
def retry(
    campaign: CampaignId, lead: LeadId, words: Words = "", url: Url = None, as_json: AsJson = False
) -> None:
    """Have the e-mail that a lead failed at tried again."""
    _steer(campaign, lead, "retry", {"words": words}, url, as_json)


@app.command()
def remove(
    campaign: CampaignId, lead: LeadId, words: Words = "", url: Url = None, as_json: AsJson = False
) -> None:
    """Take a lead out of its campaign."""
    _print(connect(url).steer_lead(campaign, lead, "remove", {"words": words}), as_json)


def _steer(
    campaign: str, lead: str, verb: str, body: Mapping[str, Any], url: str | None, as_json: bool
) -> None:
    """As the lead is at this moment: what happens in between is refused by the API."""
    client = connect(url)
    revision = client.lead(campaign, lead)["revision"]
    _print(client.steer_lead(campaign, lead, verb, {**body, "revision": revision}), as_json)


def _print(lead: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(lead)
        return
    _print_status(lead)
    where = lead["current_node"] or "–"
    until = f" until {when(lead['wait_until'])}" if lead["wait_until"] else ""
    console.print(f"  at {where}{until}")


def _print_status(lead: Mapping[str, Any]) -> None:
    reason = f" ({lead['reason']})" if lead.get("reason") else ""
    console.print(f"[bold]{lead['email']}[/] {status_words(lead['status'])}{reason}")
