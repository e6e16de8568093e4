"""`emailbuilder contact …`: single contacts of a campaign."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from local.cli.output import (
    Command,
    Group,
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

UNDER_WAY = "under_way"
VALUES_SHOWN_MAX = 5


@click.group(cls=Group)
def contact() -> None:
    """List the contacts of a campaign; read, change and delete one."""


def _of_contact(command: Command) -> Command:
    campaign_argument = click.argument("campaign_id", metavar="CAMPAIGN")
    return campaign_argument(click.argument("email", metavar="ADDRESS")(asks_api(command)))


@contact.command("list")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--email", default="", help="Only addresses that begin with this, by address.")
@click.option("--after", type=int, default=0, help="Only contacts after this number.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@asks_api
def list_contacts(
    campaign_id: str, email: str, after: int, limit: int, url: str | None, as_json: bool
) -> None:
    """List contacts by number."""
    page = connect(url).contacts(campaign_id, email=email, after_seq=after, limit=limit)
    if as_json:
        print_json(page)
        return
    table = make_table("no.", "address", "attributes")
    for it in page["contacts"]:
        shown = list(it["attributes"].items())[:VALUES_SHOWN_MAX]
        values = ", ".join(f"{name}: {value}" for name, value in shown)
        table.add_row(str(it["seq"]), f"[bold]{escaped(it['email'])}[/]", escaped(values) or "–")
    console().print(table if page["contacts"] else "No contacts match.")
    if page["next_after_seq"]:
        console().print(f"There are more: --after {page['next_after_seq']}")


@contact.command()
@_of_contact
def show(campaign_id: str, email: str, url: str | None, as_json: bool) -> None:
    """Show a contact and where its lead is."""
    found = _found(connect(url), campaign_id, email)
    _print(found, as_json)


@contact.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("email", metavar="ADDRESS")
@click.option("--set", "given", multiple=True, help="plan=pro gives the attribute this value.")
@click.option("--remove", "removed", multiple=True, help="The name of an attribute to remove.")
@click.option("--email", "new_email", help="The address, before the contact enters the campaign.")
@click.option("--accept", "accepts", multiple=True, help=f"{UNDER_WAY}: even while it is that.")
@asks_api
def change(
    campaign_id: str,
    email: str,
    given: tuple[str, ...],
    removed: tuple[str, ...],
    new_email: str | None,
    accepts: tuple[str, ...],
    url: str | None,
    as_json: bool,
) -> None:
    """Change a contact. While its lead is under way, this says what that means, and asks."""
    attributes: dict[str, str | None] = dict.fromkeys(removed)
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            fail(f"--set {text} is invalid: write the attribute, = and the value.")
        attributes[name] = value
    client = connect(url)
    found = _found(client, campaign_id, email)
    body = {
        "revision": found["revision"],
        "email": new_email,
        "attributes": attributes,
        "accepts": _accepted(found["change_means"], accepts, as_json=as_json),
    }
    _print(client.change_contact(campaign_id, found["seq"], body), as_json)


@contact.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("email", metavar="ADDRESS")
@click.option("--accept", "accepts", multiple=True, help=f"{UNDER_WAY}: even while it is that.")
@asks_api
def delete(
    campaign_id: str, email: str, accepts: tuple[str, ...], url: str | None, as_json: bool
) -> None:
    """Delete a contact. While its lead is under way, this says what that means, and asks."""
    client = connect(url)
    found = _found(client, campaign_id, email)
    accepted = _accepted(found["deletion_means"], accepts, as_json=as_json)
    client.delete_contact(campaign_id, found["seq"], found["revision"], accepted)
    if as_json:
        print_json({"deleted": found["seq"]})
    else:
        console().print(f"[bold]{escaped(found['email'])}[/] was deleted.")


def _accepted(means: str | None, accepts: tuple[str, ...], *, as_json: bool) -> list[str]:
    """With what it means, if a person accepts that. Without anybody to ask, the API refuses."""
    if means is None or UNDER_WAY in accepts or as_json or not is_terminal():
        return list(accepts)
    console().print(escaped(means))
    click.confirm("Do it all the same?", abort=True)
    return [*accepts, UNDER_WAY]


def _found(client: "Client", campaign_id: str, email: str) -> "Document":
    from functions.mail.address import email_key

    # Of the addresses that begin with this one, it is the first.
    listed = client.contacts(campaign_id, email=email, after_seq=0, limit=1)["contacts"]
    if not listed or email_key(listed[0]["email"]) != email_key(email):
        fail(f"{email} is not a contact of {campaign_id}.")
    return client.contact(campaign_id, listed[0]["seq"])


def _print(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    lead = found["lead"]
    reason = f" ({lead['reason']})" if lead and lead["reason"] else ""
    where = f"{lead['status']}{reason}" if lead else "not in the campaign yet"
    console().print(f"[bold]{escaped(found['email'])}[/] no. {found['seq']}, {where}")
    for name, value in found["attributes"].items():
        console().print(f"  {escaped(name)}: {escaped(str(value))}")
