"""`emailbuilder dkim …`: the keys that sign mail, and the DNS records to publish."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from local.cli.output import (
    Group,
    asks_api,
    connect,
    console,
    escaped,
    make_table,
    print_json,
    when,
)

TXT_STRING_CHARS_MAX = 255


@click.group(cls=Group)
def dkim() -> None:
    """Create the keys that sign your mail, and show the DNS records to publish."""


@dkim.command()
@click.argument("domain")
@click.option("--ed25519", is_flag=True, help="An Ed25519 key, which signs besides the RSA key.")
@asks_api
def create(domain: str, ed25519: bool, url: str | None, as_json: bool) -> None:
    """Create a key that signs the mail of a domain, and show the records to publish."""
    made = connect(url).create_dkim_key(domain, "ed25519" if ed25519 else "rsa")
    if as_json:
        print_json(made)
        return
    _show(made)
    for key in made["keys"]:
        if not key["in_use"]:
            click.echo(
                f"\n{key['selector']} does not sign yet. When its record is published, run "
                f"`emailbuilder dkim use {key['domain']} {key['selector']}`."
            )


@dkim.command()
@click.argument("domain", required=False)
@asks_api
def show(domain: str | None, url: str | None, as_json: bool) -> None:
    """Show the keys of a domain and the records to publish; without DOMAIN, all keys."""
    client = connect(url)
    found = client.dkim_keys() if domain is None else client.dkim_domain(domain)
    if as_json:
        print_json(found)
    elif domain is not None:
        _show(found)
    elif found["keys"]:
        _print_keys(found)
    else:
        console().print("No keys. Create one with `emailbuilder dkim create DOMAIN`.")


@dkim.command()
@click.argument("domain")
@click.argument("selector")
@asks_api
def use(domain: str, selector: str, url: str | None, as_json: bool) -> None:
    """Sign with this key from now on, instead of the other of its algorithm."""
    key = connect(url).use_dkim_key(domain, selector)
    if as_json:
        print_json(key)
    else:
        click.echo(f"Within a minute, {key['selector']} signs the mail of {key['domain']}.")


@dkim.command()
@click.argument("domain")
@click.argument("selector")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@asks_api
def remove(domain: str, selector: str, yes: bool, url: str | None, as_json: bool) -> None:
    """Delete a key for good."""
    if not yes:
        click.confirm(f"Delete the key {selector} of {domain} for good?", abort=True, err=True)
    connect(url).remove_dkim_key(domain, selector)
    if as_json:
        print_json({"domain": domain, "selector": selector})
    else:
        click.echo(f"Deleted {selector} of {domain}.")


@dkim.command()
@asks_api
def reseal(url: str | None, as_json: bool) -> None:
    """Encrypt all stored keys with the first secret of SECRET_KEYS."""
    done = connect(url).reseal_dkim_keys()
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done['resealed']} keys are encrypted with the first secret.")


def _show(found: Mapping[str, Any]) -> None:
    _print_keys(found)
    click.echo("\nPublish these records:")
    for record in found["records"]:
        click.echo(f"\n{record['type']}  {record['name']}")
        # Without line breaks or markup, because people copy it.
        if record["value"] is not None:
            click.echo(f"  {record['value']}")
        click.echo(f"  ({record['hint']})")
    click.echo("\nThe same as lines of a zone file, without those that only you know:\n")
    for line in zone_lines(found["records"]):
        click.echo(line)


def _print_keys(found: Mapping[str, Any]) -> None:
    table = make_table("domain", "selector", "algorithm", "signs", "created")
    for key in found["keys"]:
        table.add_row(
            f"[bold]{escaped(key['domain'])}[/]",
            escaped(key["selector"]),
            key["algorithm"],
            "yes" if key["in_use"] else "not yet",
            when(key["created_at"]),
        )
    console().print(table)


def zone_lines(records: list[dict[str, Any]]) -> Iterator[str]:
    """MX and TXT records in the syntax of RFC 1035: texts in strings of up to 255 characters."""
    for record in records:
        value = record["value"]
        if value is None:
            continue
        if record["type"] == "MX":
            yield f"{record['name']}. IN MX {value}."
            continue
        strings = [
            value[start : start + TXT_STRING_CHARS_MAX]
            for start in range(0, len(value), TXT_STRING_CHARS_MAX)
        ]
        yield f"{record['name']}. IN TXT " + " ".join(f'"{it}"' for it in strings)
