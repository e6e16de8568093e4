"""Measures what a DKIM signature costs, beside a bare `sign` of the same key:

`python -m bench.dkim`. The message is that of `bench.render`. The two are measured alternately and
by the processor time of this process, so that a busy machine distorts neither. Exits with 1 if
signing a message takes more than 1.3 times as long as the bare call with the RSA key.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from bench.render import AT, compiled
from functions.adapters.key_box import make_key
from functions.mail.compose import Recipient
from functions.mail.dkim import Algorithm, Signer, load_signer, signed

RATIO_MAX = 1.3
ALGORITHMS: tuple[Algorithm, ...] = ("rsa", "ed25519")


def seconds_each(work: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times


def measured(content: bytes, signer: Signer, messages: int, rounds: int) -> tuple[float, float]:
    """The median seconds of a bare `sign` and of signing a message."""
    header = b"x" * 900
    bare, whole = [], []
    for _ in range(rounds):
        bare.append(seconds_each(lambda: signer.sign(header), messages))
        whole.append(seconds_each(lambda: signed(content, [signer], AT), messages))
    return statistics.median(bare), statistics.median(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    email, _ = compiled()
    content = email.render(Recipient("lead_c_1_1", 1, 1, "ann@example.org", {}), AT).content
    ratios = {}
    for algorithm in ALGORITHMS:
        signer = load_signer("example.com", "s1", make_key(algorithm))
        bare, whole = measured(content, signer, arguments.messages, arguments.rounds)
        ratios[algorithm] = whole / bare
        sys.stdout.write(
            f"dkim: algorithm={algorithm} message_bytes={len(content)} "
            f"bare_us={bare * 1e6:.0f} signed_us={whole * 1e6:.0f} ratio={whole / bare:.2f}\n"
        )
    if ratios["rsa"] > RATIO_MAX:
        sys.exit(f"dkim: signing takes more than {RATIO_MAX} times as long as a bare sign")


if __name__ == "__main__":
    main()
