"""`emailbuilder doctor`: is everything there that a campaign needs, and how is it mended?

Where the environment names a broker it is the team's stack that is looked at, from here, part by
part; else the local system is asked over HTTP.
"""

import click

from local.cli.output import asks_api, connect, console, make_table, print_json
from local.cli.settings import CliSettings

MEND = {
    "store": "Check STORE_URI and that the store is running; then run `emailbuilder migrate`.",
    "broker": "Check the queue addresses; what waits is found by the sweep once they are back.",
    "mail": "Check the mail server's address and its log; leads wait until it answers.",
}
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
    from dataclasses import asdict

    from rich.text import Text

    from functions.runtime import Composition
    from local.team.checks import Check, State
    from local.team.doctor import diagnose
    from local.team.settings import TeamSettings
    from local.team.wiring import compose

    settings = TeamSettings.from_environment()

    async def look() -> list[Check]:
        composition = Composition(lambda: compose(settings))
        try:
            return await diagnose(settings, composition)
        finally:
            await composition.close()

    checks = asyncio.run(look())
    ok = all(it.state is not State.FAIL for it in checks)
    if as_json:
        print_json({"ok": ok, "checks": [asdict(it) for it in checks]})
        return ok
    table = make_table("part", "state", "found")
    for it in checks:
        # As text: errors may hold what looks like markup.
        words = Text.assemble(it.words, " " if it.mend else "", (it.mend, "bold"))
        table.add_row(f"[bold]{it.name}[/]", f"[{STYLES[it.state]}]● {it.state}[/]", words)
    console().print(table)
    return ok


def _local(url: str | None, as_json: bool) -> bool:
    report = connect(url).ready()
    ok = all(it["ok"] for it in report["checks"])
    if as_json:
        print_json(report)
        return ok
    table = make_table("part", "state", "latency", "words")
    for it in report["checks"]:
        state = "[green]● ok[/]" if it["ok"] else "[red]● away[/]"
        words = it.get("words") or ""
        mend = "" if it["ok"] else f"{words} {MEND.get(it['name'], '')}".strip()
        table.add_row(f"[bold]{it['name']}[/]", state, f"{it['latency_ms']:.0f} ms", mend)
    console().print(table)
    return ok
