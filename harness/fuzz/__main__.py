"""`python -m harness.fuzz [--examples 3] [--seed 1]`: `make fuzz`, and shorter in `make test`.

All phases of schemathesis: the examples of the document, the edges of its schemas, generated
requests, and sequences of them. Nothing may answer with a 5xx, with a status that the document does
not have, with a body of another shape; nothing invalid may be accepted, nothing valid refused.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from harness.fuzz.served import served

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 3
"""Of each operation; it finds what the edges do not, and takes most of the time."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m harness.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with served() as api:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)),
            *("run", f"{api.url}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {api.token}"),
            *("--seed", str(chosen.seed), "--max-examples", str(chosen.examples)),
        ]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
