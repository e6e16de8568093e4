"""`emailbuilder lead …`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click

from local.cli.output import (
    Command,
    Group,
    asks_api,
    connect,
    console,
    escaped,
    print_json,
    status_text,
    when,
)

if TYPE_CHECKING:
    from functions.service.leads.timeline_codes import TimelineParameters


@click.group(cls=Group)
def lead() -> None:
    """See what happened to a lead and what comes next, or intervene."""


def intervenes(command: Command) -> Command:
    """The options of every command that changes a lead."""
    reason = click.option(
        "--reason", "--words", "reason", default="", help="Who asked for it or why: its timeline."
    )
    return of_lead(reason(command))


def of_lead(command: Command) -> Command:
    campaign_argument = click.argument("campaign_id", metavar="CAMPAIGN")
    return campaign_argument(click.argument("lead_id", metavar="LEAD")(asks_api(command)))


@lead.command()
@of_lead
def show(campaign_id: str, lead_id: str, url: str | None, as_json: bool) -> None:
    """Show a lead's history and what comes next."""
    found = connect(url).lead(campaign_id, lead_id)
    if as_json:
        print_json(found)
        return
    _print_status(found)
    _print_timeline(found)


@lead.command("skip-wait")
@intervenes
def skip_wait(campaign_id: str, lead_id: str, reason: str, url: str | None, as_json: bool) -> None:
    """End a lead's wait now."""
    _intervene(campaign_id, lead_id, "skip-wait", {"reason": reason}, url, as_json)


@lead.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("lead_id", metavar="LEAD")
@click.argument("node_id", metavar="NODE")
@click.option("--reason", "--words", "reason", default="", help="Who asked for it or why.")
@asks_api
def move(
    campaign_id: str, lead_id: str, node_id: str, reason: str, url: str | None, as_json: bool
) -> None:
    """Move a lead to NODE. An e-mail there is sent even if the lead had it before."""
    body = {"node_id": node_id, "reason": reason}
    _intervene(campaign_id, lead_id, "move", body, url, as_json)


@lead.command()
@intervenes
def retry(campaign_id: str, lead_id: str, reason: str, url: str | None, as_json: bool) -> None:
    """Retry the e-mail at which a lead failed."""
    _intervene(campaign_id, lead_id, "retry", {"reason": reason}, url, as_json)


@lead.command()
@intervenes
def remove(campaign_id: str, lead_id: str, reason: str, url: str | None, as_json: bool) -> None:
    """Remove a lead from its campaign."""
    found = connect(url).intervene(campaign_id, lead_id, "remove", {"reason": reason})
    _print(found, as_json)


def _intervene(
    campaign_id: str,
    lead_id: str,
    verb: str,
    body: Mapping[str, Any],
    url: str | None,
    as_json: bool,
) -> None:
    """Sends the lead's current revision: if the lead moves in between, the API refuses."""
    client = connect(url)
    revision = client.lead(campaign_id, lead_id)["revision"]
    _print(client.intervene(campaign_id, lead_id, verb, {**body, "revision": revision}), as_json)


def _print(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    _print_status(found)
    where = found["current_node"] or "–"
    until = f" until {when(found['wait_until'])}" if found["wait_until"] else ""
    console().print(f"  at {where}{until}")


def _print_timeline(found: Mapping[str, Any]) -> None:
    """In English, with times in this machine's time zone."""
    from functions.api.leads.english import next_sentence, sentence
    from functions.service.leads.timeline_codes import NextCode, TimelineCode

    year = datetime.fromisoformat(found["enrolled_at"])
    for it in found["timeline"]:
        message = sentence(TimelineCode(it["code"]), _parameters(it), year, zone=None)
        console().print(f"  [dim]{when(it['at'])}[/]  {escaped(message)}")
    step = found["next_step"]
    if step is not None:
        message = next_sentence(NextCode(step["code"]), _parameters(step), year, zone=None)
        console().print(f"  [bold]{escaped(message)}[/]")


def _parameters(it: Mapping[str, Any]) -> "TimelineParameters":
    """The parameters of a code as in JSON, where instants are text."""
    given = {**it["parameters"]}
    for name in ("until", "past"):
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    return cast("TimelineParameters", given)


def _print_status(found: Mapping[str, Any]) -> None:
    reason = f" ({found['reason']})" if found.get("reason") else ""
    console().print(f"[bold]{found['email']}[/] {status_text(found['status'])}{reason}")
