"""The demo: 500 contacts walk through a flow in the emulated cloud, and people can watch it.

mail A → wait 5 s → clicked within 8 s? → mail B or C → end, while the readers click, open or do
nothing. Everything goes through the HTTP API; the verdict is based on the inbox alone.
"""

import asyncio
import json
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.client import Client, Document, lateness_bound, node_count, status_count
from local.demo.check import Verdict, check
from local.demo.readers import Readers, Readings
from local.demo.returns import Returns, play_returns
from local.demo.script import CONTACTS_PATH, FLOW_PATH, Mail, read_contacts
from local.inbox.ledger import InboxMessage
from local.settings import LocalSettings
from local.system import System

RUN_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.25
CAMPAIGN_ID = "demo"


class DemoError(Exception):
    """The demo could not run to its end; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    readings: Readings
    campaign: Document
    returns: Returns
    seconds: float

    @property
    def ok(self) -> bool:
        return self.verdict.ok and self.returns.ok and not self.readings.failures

    def line(self) -> str:
        """For programs."""
        returns = self.returns
        return (
            f"{self.verdict.line(self.seconds)} "
            f"bounced={returns.bounced} complained={returns.complained}"
        )

    def document(self) -> Document:
        """For programs: the checker's numbers and findings."""
        return {
            "ok": self.ok,
            **asdict(self.verdict),
            **asdict(self.returns),
            "seconds": round(self.seconds, 1),
            "failures": self.readings.failures,
        }


def run_demo(home: Path, console: Console, *, contacts: Path = CONTACTS_PATH) -> Outcome:
    """`home` is emptied first and kept afterwards for inspection. Raises DemoError."""
    shutil.rmtree(home, ignore_errors=True)
    settings = LocalSettings(home=home, port=0, smtp_port=0)
    with console.status("Starting the inbox, the emulated cloud and the gateway …"):
        system = System(settings)
        system.__enter__()
    try:
        return _walk(system, console, contacts)
    finally:
        system.__exit__(None, None, None)


def _walk(system: System, console: Console, contacts: Path) -> Outcome:
    client = Client(system.url, token=system.token)
    people = len(read_contacts(contacts))
    console.print(f"Gateway at {system.url}, inbox on port {system.inbox.port}")
    flow = json.loads(FLOW_PATH.read_text())
    began = time.monotonic()
    client.create({**flow, "campaign_id": CAMPAIGN_ID, "name": flow.get("name", "Demo")})
    client.finished(client.upload_contacts(CAMPAIGN_ID, contacts)["job_id"])
    client.launch(CAMPAIGN_ID)
    with _reading(system, contacts) as readers:
        campaign = _watch(client, console, people, readers)
    seconds = time.monotonic() - began
    messages: list[InboxMessage] = list(system.inbox.messages())
    verdict = check(messages, contacts)
    returns = play_returns(client)
    return Outcome(verdict, readers.readings, campaign, returns, seconds)


class _reading:  # noqa: N801 (reads as a verb in its `with`)
    """Runs the readers in their own thread while the block runs."""

    def __init__(self, system: System, contacts: Path) -> None:
        self._readers = Readers(system.inbox, contacts, system.url)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._play, name="readers", daemon=True)

    def _play(self) -> None:
        self._loop.run_until_complete(self._readers.play(stop=self._stop))

    def __enter__(self) -> Readers:
        self._thread.start()
        return self._readers

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


def _watch(client: Client, console: Console, people: int, readers: Readers) -> Document:
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    end = time.monotonic() + RUN_SECONDS_MAX
    with Progress(*columns, console=console) as progress:
        bars = {
            "first e-mail": progress.add_task("first e-mail", total=people),
            "read by people": progress.add_task("read by people", total=people),
            "second e-mail": progress.add_task("second e-mail", total=people),
            "leads at the end": progress.add_task("leads at the end", total=people),
        }
        while True:
            campaign = client.campaign(CAMPAIGN_ID)
            sent = {it: node_count(campaign, it.value, "sent") for it in Mail}
            progress.update(bars["first e-mail"], completed=sent[Mail.A])
            progress.update(bars["read by people"], completed=readers.readings.done)
            progress.update(bars["second e-mail"], completed=sent[Mail.B] + sent[Mail.C])
            ended = status_count(campaign, "completed")
            progress.update(bars["leads at the end"], completed=ended)
            if campaign["status"] == "completed":
                return campaign
            if time.monotonic() > end:
                raise DemoError(
                    f"after {RUN_SECONDS_MAX:.0f} s only {ended} of {people} leads are at the end"
                )
            time.sleep(LOOK_SECONDS)


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Prints a summary for people, then one line for programs."""
    verdict, campaign = outcome.verdict, outcome.campaign
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", min_width=34)
    table.add_column(justify="right")
    for mail, branch in ((Mail.A, "first"), (Mail.B, "clicked"), (Mail.C, "did not click")):
        table.add_row(f"sent by {mail.value} ({branch})", str(node_count(campaign, mail, "sent")))
    late = " / ".join(lateness_bound(campaign, share) for share in (0.5, 0.99))
    table.add_row("waits ended late by, p50 / p99", f"≤ {late} ms")
    table.add_row("duplicates", str(verdict.duplicates))
    table.add_row("lost", str(verdict.lost))
    table.add_row("too early", str(verdict.early))
    table.add_row(
        "bounced / complained", f"{outcome.returns.bounced} / {outcome.returns.complained}"
    )
    table.add_row("seconds", f"{outcome.seconds:.1f}")
    console.print(table)
    for finding in (*verdict.findings, *outcome.readings.failures[:10]):
        console.print(f"[red]✗[/] {finding}")
    # The plain line, whatever the terminal's width.
    click.echo(outcome.line())
