"""`emailbuilder doctor`: checks everything that a campaign needs and says how to fix what fails.

If the environment names a broker, the command checks each part of the team's stack from here.
Otherwise it asks the system over HTTP, and the DNS from here about the domains that have DKIM keys.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from local.cli.output import asks_api, connect, console, make_table, print_json
from local.cli.settings import CliSettings

if TYPE_CHECKING:
    from rich.table import Table

    from functions.service.operations.records import SystemCheck

DOMAINS_MAX = 5
HELD = (
    "The store was restored from a backup: nothing is sent until you decide, see `emailbuilder "
    "held`."
)
REMEDIES = {
    "store": "Check STORE_URI and that the store is running; then run `emailbuilder migrate`.",
    "broker": "Check the queue addresses; the sweep finds waiting leads once the queues are back.",
    "mail": "Check the mail server's address and its log; leads wait until it answers.",
}
STATES = {"ok": "ok", "warning": "warn", "failed": "fail"}
"""The command's names for the states of a check."""
STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@asks_api
def doctor(url: str | None, as_json: bool) -> None:
    """Check every dependency and say how to fix what is wrong."""
    ok = _team(as_json) if CliSettings.from_environment().has_broker else _local(url, as_json)
    if not ok:
        raise SystemExit(1)


def _team(as_json: bool) -> bool:
    import asyncio

    from functions.runtime import Composition
    from local.team.doctor import team_doctor
    from local.team.settings import TeamSettings
    from local.team.wiring import compose

    settings = TeamSettings.from_environment()

    async def look() -> "Sequence[SystemCheck]":
        composition = Composition(lambda: compose(settings))
        try:
            return (await team_doctor(settings, composition.services).look()).checks
        finally:
            await composition.close()

    checks = asyncio.run(look())
    ok = all(it.state != "failed" for it in checks)
    if as_json:
        print_json({"ok": ok, "checks": [_document(it) for it in checks]})
        return ok
    console().print(_table_of(checks))
    return ok


def _table_of(checks: "Sequence[SystemCheck]") -> "Table":
    from rich.text import Text

    table = make_table("part", "state", "found")
    for it in checks:
        state = STATES[it.state]
        # As plain text: errors may contain what looks like markup.
        message = Text.assemble(it.message, " " if it.remedy else "", (it.remedy, "bold"))
        table.add_row(f"[bold]{it.name}[/]", f"[{STYLES[state]}]● {state}[/]", message)
    return table


def _document(check: "SystemCheck") -> dict[str, str]:
    return {
        "name": check.name,
        "state": STATES[check.state],
        "message": check.message,
        "remedy": check.remedy,
        # As they were called before.
        "words": check.message,
        "mend": check.remedy,
    }


def _local(url: str | None, as_json: bool) -> bool:
    client = connect(url)
    report = client.ready()
    ok = all(it["ok"] for it in report["checks"])
    domains = _domains(client.dkim_keys()["keys"]) if ok else []
    if as_json:
        print_json({**report, "domains": [_document(it) for it in domains]})
        return ok
    table = make_table("part", "state", "latency", "found")
    for it in report["checks"]:
        state = "[green]● ok[/]" if it["ok"] else "[red]● away[/]"
        message = it.get("message") or ""
        found = "" if it["ok"] else f"{message} {REMEDIES.get(it['name'], '')}".strip()
        table.add_row(f"[bold]{it['name']}[/]", state, f"{it['latency_ms']:.0f} ms", found)
    if report.get("is_held"):
        table.add_row("[bold]held[/]", "[yellow]● warning[/]", "", HELD)
    console().print(table)
    if domains:
        console().print(_table_of(domains))
    return ok


def _domains(keys: Sequence[Mapping[str, Any]]) -> "Sequence[SystemCheck]":
    """What the DNS says about the domains of these keys. Loads a resolver only if there are any."""
    if not keys:
        return []
    import asyncio
    from dataclasses import replace

    from local.team import sender_dns

    expected: dict[str, list[sender_dns.ExpectedKey]] = {}
    for it in keys:
        if it["in_use"]:
            key = sender_dns.ExpectedKey(it["selector"], it["record_value"])
            expected.setdefault(it["domain"], []).append(key)

    async def look() -> "list[SystemCheck]":
        asked = list(expected.items())[:DOMAINS_MAX]
        looks = (
            sender_dns.check_sender(domain, its, sender_dns.system_resolver)
            for domain, its in asked
        )
        found = await asyncio.gather(*looks)
        return [
            replace(check, name=f"{check.name} of {domain}")
            for (domain, _), checks in zip(asked, found, strict=True)
            for check in checks
        ]

    return asyncio.run(look())
