"""`python -m bench.cases`: what people run into, played against a fresh system.

Prints one line per expectation, right or wrong with what was seen; the exit code is 1 if any is
wrong. Two systems of `make run` are started one after the other, each in a folder of its own: one
before its inbox, and one before a mail server that refuses its sender.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from bench.cases.dates import birthdays, written_dates
from bench.cases.files import (
    addresses,
    corrected_file,
    empty_columns,
    encodings,
    exports,
    headers,
    padded,
)
from bench.cases.people import left_elsewhere, reply_to
from bench.cases.place import Place
from bench.cases.relays import Relays
from bench.cases.sheet import Line, Sheet
from bench.cases.texts import broken_tags, links, other_tools
from bench.cases.values import attribute_names, blank, decimal_comma, numbers
from harness.servers.refusing_mailbox import RefusingMailbox
from local.settings import LocalSettings
from local.system import System

Case = Callable[[Place, Sheet], None]

AT_INBOX: Mapping[str, Case] = {
    "dates": written_dates,
    "birthdays": birthdays,
    "broken-tags": broken_tags,
    "numbers": numbers,
    "attribute-names": attribute_names,
    "left-elsewhere": left_elsewhere,
    "reply-to": reply_to,
    "decimal-comma": decimal_comma,
    "other-tools": other_tools,
    "links": links,
    "blank": blank,
    "empty-columns": empty_columns,
    "headers": headers,
    "padded": padded,
    "corrected-file": corrected_file,
    "encodings": encodings,
    "addresses": addresses,
    "exports": exports,
}
AT_RELAY: Mapping[str, Callable[[Relays], Case]] = {
    "unwanted-campaign": lambda it: it.unwanted_campaign,
    "quota": lambda it: it.quota,
    "greeting": lambda it: it.greeting,
}


def play(names: set[str], tell: Callable[[Line], None]) -> list[Line]:
    """Plays the cases with these names, in the order of the lists above."""
    lines: list[Line] = []
    at_inbox = {name: case for name, case in AT_INBOX.items() if name in names}
    if at_inbox:
        with _place() as place:
            lines += _played(at_inbox, place, tell)
    at_relay = [name for name in AT_RELAY if name in names]
    if at_relay:
        with RefusingMailbox() as server, _place(server.uri) as place:
            relays = Relays(server)
            lines += _played({name: AT_RELAY[name](relays) for name in at_relay}, place, tell)
    return lines


@contextmanager
def _place(smtp_uri: str = "") -> Iterator[Place]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cases-")))
        settings = LocalSettings(home=folder / "home", port=0, smtp_port=0)
        system = stack.enter_context(System(settings, smtp_uri=smtp_uri))
        place = Place(system, folder)
        stack.callback(place.close)
        yield place


def _played(cases: Mapping[str, Case], place: Place, tell: Callable[[Line], None]) -> list[Line]:
    lines: list[Line] = []
    for name, case in cases.items():
        sheet = Sheet(name, tell)
        try:
            case(place, sheet)
        except Exception as problem:
            sheet.broke_off(problem)
        lines += sheet.lines
    return lines


def main() -> int:
    names = [*AT_INBOX, *AT_RELAY]
    parser = argparse.ArgumentParser(description="plays what people run into on a fresh system")
    parser.add_argument("--only", help="names, with commas: " + ",".join(names))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    chosen = set(given.only.split(",")) if given.only else set(names)
    unknown = chosen - set(names)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    lines = play(chosen, lambda line: None if given.json else print(line.text(), flush=True))
    wrong = sum(not it.is_right for it in lines)
    if given.json:
        print(json.dumps([asdict(it) for it in lines], indent=1, ensure_ascii=False))
    else:
        print(f"cases: {len(lines) - wrong} right, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
