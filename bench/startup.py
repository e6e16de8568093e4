"""Processor time that each command of the command line, and the deployed API, need to start:

`python -m bench.startup`. Measures `--help` of every command, and the commands that call the API
against a port on which nothing listens, that is, everything except the API's response. The API's
function is started from its artifact, as in the cloud, and answers one request that needs no store.
It takes the user and system time of the child, the minimum of several runs. The interpreter alone
is measured first and last: what it takes says how fast the machine is at the moment. Exit code 1 if
a command takes longer than `SECONDS_MAX`, or the API than `COLD_SECONDS_MAX`.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from local.cli.main import app

SECONDS_MAX = 0.4
COLD_SECONDS_MAX = 2.7
RUNS = 3
ROOT = Path(__file__).resolve().parents[1]
NOBODY = ("--url", "http://127.0.0.1:9")
ASKING: tuple[tuple[str, ...], ...] = (
    ("campaign", "list"),
    ("campaign", "status", "c"),
    ("lead", "show", "c", "l"),
    ("dead-letters", "list"),
    ("doctor",),
)


def commands(group: click.Group = app, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The arguments that call each command, including groups."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def calls() -> Iterator[tuple[str, ...]]:
    """The measured calls."""
    yield from ((*command, "--help") for command in commands())
    yield ("token",)
    yield from ((*command, *NOBODY) for command in ASKING)


def processor_seconds(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> float:
    """The minimum of several runs."""
    return min(_once(command, environment) for _ in range(RUNS))


def _once(command: Sequence[str], environment: Mapping[str, str] | None) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *command], capture_output=True, check=False, env=environment, cwd=ROOT
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


IN_LAMBDAS_RUNTIME = (
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "urllib3",
    "dateutil",
    "six.py",
)
DEPLOYED = {
    "STORE_URI": "mongodb://127.0.0.1:9/none",
    "SENDER": "Ann <ann@example.com>",
    "PUBLIC_URL": "https://mail.example.com",
    "TRACKING_KEYS": "k1:not-a-secret-not-a-secret",
    "API_TOKENS": "not-a-secret-not-a-secret",
    "AWS_REGION": "eu-west-1",
    **{
        f"{name}_URL": f"https://sqs.eu-west-1.amazonaws.com/1/{name}"
        for name in ("SEND_QUEUE", "RESUME_QUEUE", "SEND_DEAD_LETTERS", "RESUME_DEAD_LETTERS")
    },
}
FIRST_ANSWER = """
import sys
sys.path[:] = [*sys.argv[1:], *(it for it in sys.path if "site-packages" not in it)]
from functions.api.handler import handler
http = {"method": "GET", "path": "/health/live", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
answer = handler(
    {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": "/health/live",
        "rawQueryString": "",
        "headers": {"host": "mail.example.com"},
        "requestContext": {"stage": "$default", "requestId": "1", "http": http},
        "isBase64Encoded": False,
    },
    None,
)
sys.exit(answer["statusCode"] != 200)
"""


def cold_start_seconds(folder: Path) -> float:
    """Of the API's function. `folder`: an empty one. Raises CalledProcessError."""
    artifact, runtime = folder / "artifact", folder / "runtime"
    make = ["make", "-f", "functions/artifacts.mk", "build-ApiFunction"]
    artifact.mkdir()
    subprocess.run([*make, f"ARTIFACTS_DIR={artifact}"], cwd=ROOT, check=True, capture_output=True)
    packages = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    runtime.mkdir()
    for name in IN_LAMBDAS_RUNTIME:
        (runtime / name).symlink_to(packages / name)
    command = ["-I", "-B", "-c", FIRST_ANSWER, str(artifact), str(runtime)]
    subprocess.run([sys.executable, *command], env=DEPLOYED, check=True)
    return processor_seconds(command, DEPLOYED)


def main() -> int:
    parser = argparse.ArgumentParser(description="processor time of starts")
    parser.add_argument("--api", action="store_true", help="only the API's function")
    is_api_alone = parser.parse_args().api
    bare = [processor_seconds(["-I", "-c", "pass"])]
    slow = 0
    for command in () if is_api_alone else calls():
        seconds = processor_seconds(["-m", "local.cli", *command])
        slow += seconds > SECONDS_MAX
        print(f"{seconds:.2f} s  emailbuilder {' '.join(command)}")
    with tempfile.TemporaryDirectory(prefix="cold-start-") as folder:
        cold = cold_start_seconds(Path(folder))
    bare.append(processor_seconds(["-I", "-c", "pass"]))
    print(f"{cold:.2f} s  the API's function, from its start to its first answer")
    print(f"{min(bare):.3f} s  the interpreter alone; at the end {bare[-1]:.3f} s")
    return 1 if slow or cold > COLD_SECONDS_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
