"""Real mail servers with limits as relays: `python -m bench.relays`.

Postfix, Exim and Postgrey (`make relays` installs them) run as root, each row with a stack of its
own. Rows that measure time are played alone, after the others, which are played side by side.
`--only` names a row. Exit code 1 if a row is wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from bench.relays.result import Result, Row, print_head, print_row
from bench.relays.rows import ROWS
from bench.relays.run import LateError
from bench.relays.stand import Stand
from bench.speed.stack import StalledError
from harness.servers.child import NotInstalledError
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer

SIDE_BY_SIDE = 4
NAMES = tuple(it.name for it in ROWS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.relays", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="all if none is named")
    parser.add_argument("--json", type=Path, help="write the results to this file as well")
    given = parser.parse_args()
    rows = [it for it in ROWS if it.name in (given.only or NAMES)]
    try:
        results = play(rows)
    except NotInstalledError as problem:
        sys.exit(str(problem))
    if given.json is not None:
        found = {name: {**asdict(it), "is_right": not it.wrong} for name, it in results.items()}
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    sys.exit(1 if any(it.wrong for it in results.values()) else 0)


def play(rows: Sequence[Row]) -> dict[str, Result]:
    """Prints each row as soon as it is known."""
    results: dict[str, Result] = {}
    with RabbitServer() as rabbit, RedisServer() as redis, Stand(rabbit, redis) as stand:
        print_head()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            together = {pool.submit(_played, it, stand): it for it in rows if not it.is_alone}
            for done in as_completed(together):
                row = together[done]
                results[row.name] = done.result()
                print_row(row, results[row.name])
        for row in rows:
            if row.is_alone:
                results[row.name] = _played(row, stand)
                print_row(row, results[row.name])
    return results


def _played(row: Row, stand: Stand) -> Result:
    try:
        return row.play(stand)
    except (LateError, StalledError) as problem:
        return Result(0, str(problem), ["it did not end"])


if __name__ == "__main__":
    main()
