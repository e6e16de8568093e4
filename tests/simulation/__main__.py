"""`python -m tests.simulation --seeds 10000 [--start 0] [--jobs 2]`: the long run."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.loop import run
from tests.simulation.scenario import Result, open_sqlite, play

TRACE_SHOWN = 200


def simulate(seed: int) -> Result:
    return run(play(seed, open_sqlite))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    seeds = range(chosen.start, chosen.start + chosen.seeds)
    began, sends, crashes = time.monotonic(), 0, 0
    for done, result in enumerate(_results(seeds, chosen.jobs), 1):
        sends += result.sends
        crashes += result.crashes
        if result.violations:
            for line in result.trace[-TRACE_SHOWN:]:
                sys.stdout.write(f"{line}\n")
            for violation in result.violations[:20]:
                sys.stdout.write(f"{violation.invariant}: {violation.words}\n")
            sys.stdout.write(f"seed {result.seed} breaks a promise (after {done} seeds)\n")
            return 1
        if done % 500 == 0:
            sys.stderr.write(f"{done} seeds …\n")
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"simulation: seeds={len(seeds)} violations=0 sends={sends} crashes={crashes} "
        f"seconds={seconds:.0f}\n"
    )
    return 0


def _results(seeds: range, jobs: int) -> Iterator[Result]:
    if jobs == 1:
        yield from map(simulate, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(simulate, seeds, chunksize=4)


if __name__ == "__main__":
    sys.exit(main())
