"""Compares what the templates of the attack set are charged with the processor time they take:

`python -m bench.render_charges`. A step stands for a microsecond. It prints the operations with the
least charge for their time, and ends with an error if one takes more than three times its charge.
With `--memory` it measures instead how much memory each holds at most, and ends with an error if
one holds more than a render may. Whole messages: `tests/mail/test_memory.py`.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

from liquid import Environment

from functions.mail.budget import MEMORY_BYTES_MAX, STEPS_MAX, Budget
from functions.mail.errors import TemplateError
from functions.mail.template import compile_template
from harness.costly_templates import SIZES, Costly, costly_templates

MEASURED_SECONDS_MIN = 0.0002
RATIO_MAX = 3.0


def microseconds_per_step(costly: Costly) -> float:
    try:
        template = compile_template(costly.source, escape=True)
    except TemplateError:
        return 0.0
    best, steps = float("inf"), 0
    for _ in range(2):
        budget = Budget()
        started = time.thread_time()
        with suppress(TemplateError):
            template.render(costly.values, budget=budget)
        best = min(best, time.thread_time() - started)
        steps = STEPS_MAX - budget.steps_left
        if best < MEASURED_SECONDS_MIN:
            return 0.0
    return best * 1_000_000 / max(steps, 1)


def megabytes_held(costly: Costly) -> float:
    try:
        template = compile_template(costly.source, escape=True)
    except TemplateError:
        return 0.0
    tracemalloc.start()
    try:
        with suppress(TemplateError):
            template.render(costly.values)
        return tracemalloc.get_traced_memory()[1] / 1_000_000
    finally:
        tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shown", type=int, default=30)
    parser.add_argument("--size", type=int, help="measure only operands of this size")
    parser.add_argument("--operation", help="measure only this filter, operator or tag")
    parser.add_argument("--memory", action="store_true", help="measure memory, not time")
    arguments = parser.parse_args()
    measured: Callable[[Costly], float] = microseconds_per_step
    most, at_most = "most_microseconds_per_step", RATIO_MAX
    if arguments.memory:
        measured = megabytes_held
        most, at_most = "most_megabytes", MEMORY_BYTES_MAX / 1_000_000
    filters = tuple(name for name in Environment().filters if name not in ("safe", "escapejs"))
    worst: dict[tuple[str, int], tuple[float, str]] = {}
    count = 0
    for costly in costly_templates(filters, (arguments.size,) if arguments.size else SIZES):
        if arguments.operation not in (None, costly.operation):
            continue
        count += 1
        ratio = measured(costly)
        key = costly.operation, costly.size
        worst[key] = max(worst.get(key, (0.0, "")), (ratio, costly.name))
    shown = sorted(worst.values(), reverse=True)[: arguments.shown]
    for ratio, name in shown:
        sys.stdout.write(f"{ratio:8.2f}  {name[:150]}\n")
    over = sum(ratio > at_most for ratio, _ in worst.values())
    sys.stdout.write(
        f"charges: templates={count} {most}={shown[0][0]:.2f} over_{at_most:.0f}={over}\n"
    )
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
