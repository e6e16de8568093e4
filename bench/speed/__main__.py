"""The speed of floor and stack, of resumes, the API and imports: `python -m bench.speed`.

Real servers (RabbitMQ, Redis, Postfix's smtp-sink; `make servers`), defaults as shipped. Floor and
stack alternate, so that both see the same load of the machine; ratios are more reliable than
absolute values. `--part` runs some parts, `--scale 0.1` a tenth of everything. Exit code 1 if a
target is missed.
"""

import argparse
import sys
from pathlib import Path

from bench.speed import run
from bench.speed.conditions import conditions
from bench.speed.figures import print_head, write_json


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speed", description=__doc__)
    parser.add_argument("--part", action="append", choices=run.PARTS, help="all if none is named")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="factor for every number of leads or rows"
    )
    parser.add_argument("--leads", type=int, default=20_000, help="per run of the stack")
    parser.add_argument("--mongodb-leads", type=int, default=2_000, help="the same with MongoDB")
    parser.add_argument("--rows", type=int, default=1_000_000, help="leads of the API, contacts")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of parts that take less than a minute"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args()
    sizes = run.Sizes(
        leads=given.leads,
        mongodb_leads=given.mongodb_leads,
        rows=given.rows,
        rounds=given.rounds,
    ).scaled(given.scale)
    told = conditions()
    print_head(told)
    figures = run.run(given.part or run.PARTS, sizes)
    if given.json is not None:
        write_json(given.json, told, figures)
    sys.exit(0 if all(it.is_kept for it in figures) else 1)


if __name__ == "__main__":
    main()
