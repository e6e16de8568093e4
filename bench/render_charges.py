"""Compares what the templates of the attack set are charged with the processor time they take:

`python -m bench.render_charges`. A step stands for a microsecond. It prints the operations with the
least charge for their time, and ends with an error if one takes more than three times its charge.
"""

import argparse
import sys
import time
from contextlib import suppress

from liquid import Environment

from functions.mail.budget import STEPS_MAX, Budget
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shown", type=int, default=30)
    parser.add_argument("--size", type=int, help="measure only operands of this size")
    parser.add_argument("--operation", help="measure only this filter, operator or tag")
    arguments = parser.parse_args()
    filters = tuple(name for name in Environment().filters if name not in ("safe", "escapejs"))
    worst: dict[tuple[str, int], tuple[float, str]] = {}
    count = 0
    for costly in costly_templates(filters, (arguments.size,) if arguments.size else SIZES):
        if arguments.operation not in (None, costly.operation):
            continue
        count += 1
        ratio = microseconds_per_step(costly)
        key = costly.operation, costly.size
        worst[key] = max(worst.get(key, (0.0, "")), (ratio, costly.name))
    shown = sorted(worst.values(), reverse=True)[: arguments.shown]
    for ratio, name in shown:
        sys.stdout.write(f"{ratio:8.2f}  {name[:150]}\n")
    over = sum(ratio > RATIO_MAX for ratio, _ in worst.values())
    sys.stdout.write(
        f"charges: templates={count} most_microseconds_per_step={shown[0][0]:.2f} "
        f"over_{RATIO_MAX:.0f}={over}\n"
    )
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
