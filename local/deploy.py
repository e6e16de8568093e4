"""`make deploy`: from a working copy to a running stack, with clear messages about what is missing.

The values of template.yaml's parameters are in one file (deploy.yaml, never committed). They reach
`sam` through a file that only its owner can read, never through a command line, where every user of
the machine could see the passwords.
"""

import argparse
import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

from functions.access import new_api_token
from functions.service.policy import PolicyError
from functions.settings import Settings
from functions.settings_error import SettingsError
from functions.wiring import open_store
from local.put_up_interface import put_up

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "template.yaml"
PENDING_URL = "https://pending.invalid"
"""Placeholder for the stack's own address until the first deployment returns it."""
INTERFACE = ROOT / "frontend" / "out"


class DeployError(RuntimeError):
    """Something is missing or failed; the message says what to do."""


class CloudAccount(Protocol):
    """The AWS account that is deployed to."""

    def identity(self) -> str:
        """Our identity there. Raises BotoCoreError or ClientError."""
        ...

    def outputs(self, stack: str) -> dict[str, str]:
        """Of a deployed stack; empty if there is none."""
        ...

    def put_up(self, folder: Path, bucket: str) -> int:
        """Put the exported interface into a bucket. Returns the number of files. Raises
        BotoCoreError or ClientError."""
        ...


Run = Callable[[Sequence[str]], int]
"""Runs a command in the root of the project and returns its exit code."""
Migrate = Callable[[Settings], list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    stack: str
    region: str
    profile: str | None
    answers: Path


class AwsAccount:
    """The real one."""

    def __init__(self, target: Target) -> None:
        self._session = boto3.Session(profile_name=target.profile, region_name=target.region)

    def identity(self) -> str:
        return self._session.client("sts").get_caller_identity()["Arn"]

    def outputs(self, stack: str) -> dict[str, str]:
        cloudformation = self._session.client("cloudformation")
        try:
            found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return {}
            raise
        return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}

    def put_up(self, folder: Path, bucket: str) -> int:
        return put_up(folder, bucket, self._session.client("s3"))


def deploy(target: Target, account: CloudAccount, run: Run, migrate: Migrate) -> str:
    """Migrate the store, build and deploy; return the stack's address. Raises DeployError."""
    identity = _identity(account)
    answers = read_answers(target.answers)
    check_answers(answers)
    sys.stdout.write(f"Deploying {target.stack} to {target.region} as {identity}.\n")
    sam = _sam(run)
    public_url = (
        answers.get("PublicUrl")
        or (f"https://{answers['DomainName']}" if "DomainName" in answers else None)
        or account.outputs(target.stack).get("SiteUrl")
        or PENDING_URL
    )
    answers = {**answers, "PublicUrl": public_url}
    settings = _settings(answers)
    _do(run, ["make", "--no-print-directory", "frontend"], "The interface could not be built.")
    _do(run, [*sam, "build", "--build-in-source"], "The functions could not be built.")
    _migrate(settings, migrate)
    _sam_deploy(target, answers, sam, run)
    made = account.outputs(target.stack)
    if public_url == PENDING_URL:
        sys.stdout.write(f"It is at {made['SiteUrl']}: deploying again to use it in links.\n")
        _sam_deploy(target, {**answers, "PublicUrl": made["SiteUrl"]}, sam, run)
    # Until now, functions of the previous version may still have written to the store.
    _migrate(settings, migrate)
    _put_up(account, made["InterfaceBucketName"])
    return made["SiteUrl"]


def _put_up(account: CloudAccount, bucket: str) -> None:
    """After the functions, because the pages ask what only they may know."""
    try:
        number = account.put_up(INTERFACE, bucket)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            f"The functions are deployed, but the interface could not be put into {bucket} "
            f"({error}). Run `make deploy` again."
        ) from error
    sys.stdout.write(f"Interface: {number} files are in {bucket}.\n")


def _migrate(settings: Settings, migrate: Migrate) -> None:
    for message in migrate(settings):
        sys.stdout.write(f"Store: {message}\n")


def _identity(account: CloudAccount) -> str:
    try:
        return account.identity()
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            f"AWS could not identify you ({error}).\n"
            "\n"
            "  1. In the AWS console, create an access key for a user or role that may use\n"
            "     CloudFormation, Lambda, SQS, IAM roles, API Gateway, CloudFront, CloudWatch\n"
            "     and S3.\n"
            "  2. Run `aws configure` (or `aws sso login`), or put the key into\n"
            "     ~/.aws/credentials.\n"
            "  3. Run `make deploy` again; add PROFILE=name if you keep several.\n"
            "\n"
            "Nothing was changed. To try EmailBuilder without AWS: `make demo`."
        ) from error


def read_answers(path: Path) -> dict[str, str]:
    """The parameters in the file. If the file does not exist, creates it and raises DeployError."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(blank_answers(), encoding="utf-8")
        raise DeployError(
            f"The stack's parameters belong into {path}, which was just created.\n"
            "Fill in the empty ones, keep the file secret, and run `make deploy` again."
        )
    document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(document, dict):
        raise DeployError(f"{path} must contain one `Name: value` per line.")
    return {str(k): str(v) for k, v in document.items() if v is not None and str(v) != ""}


def check_answers(answers: Mapping[str, str]) -> None:
    """Raises DeployError naming every parameter that is missing or unknown."""
    parameters = _parameters()
    faults = [f"{name} is not a parameter of template.yaml" for name in answers.keys() - parameters]
    faults += [
        f"{name} is empty: {parameter['Description']}"
        for name, parameter in parameters.items()
        if "Default" not in parameter and name != "PublicUrl" and name not in answers
    ]
    wanted = "SmtpUri" if answers.get("MailTransport", "ses") == "smtp" else "SesIdentity"
    if wanted not in answers:
        faults.append(f"{wanted} is empty: {parameters[wanted]['Description']}")
    if faults:
        raise DeployError("\n".join(sorted(faults)))


def blank_answers() -> str:
    """A parameters file to fill in, with fresh tracking keys and a fresh API token."""
    lines = ["# Parameters of template.yaml. Contains passwords: never commit it."]
    for name, parameter in _parameters().items():
        lines += ["", f"# {parameter.get('Description', '')}".rstrip()]
        value = parameter.get("Default", "")
        if name == "TrackingKeys":
            value = f"k1:{secrets.token_urlsafe(32)}"
        if name == "SecretKeys":
            value = secrets.token_urlsafe(32)
        if name == "ApiTokens":
            value = new_api_token()
        if name == "PublicUrl":
            lines.append("# Empty: the address that AWS assigns to the API.")
        lines.append(f"{name}: {json.dumps(str(value))}")
    return "\n".join(lines) + "\n"


def _parameters() -> dict[str, dict[str, str]]:
    parameters: dict[str, dict[str, str]] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))[
        "Parameters"
    ]
    return parameters


def _settings(answers: Mapping[str, str]) -> Settings:
    """As the functions will read them. Raises DeployError if they would refuse to start."""
    try:
        settings = Settings.read(
            {
                "STORE_URI": answers["StoreUri"],
                "SEND_QUEUE_URL": PENDING_URL,
                "RESUME_QUEUE_URL": PENDING_URL,
                "SEND_DEAD_LETTERS_URL": PENDING_URL,
                "RESUME_DEAD_LETTERS_URL": PENDING_URL,
                "SENDER": answers["Sender"],
                "PUBLIC_URL": answers["PublicUrl"],
                "ALLOWED_HOSTS": answers.get("AllowedHosts", ""),
                "TRACKING_KEYS": answers["TrackingKeys"],
                "API_TOKENS": answers["ApiTokens"],
                "MAIL_TRANSPORT": answers.get("MailTransport", "ses"),
                "SMTP_URI": answers.get("SmtpUri", ""),
                "REPLY_TO": answers.get("ReplyTo", ""),
                "HELO_NAME": answers.get("HeloName", ""),
                "SECRET_KEYS": answers.get("SecretKeys", ""),
                "SES_TOPICS": answers.get("SesTopics", ""),
                "FEEDBACK_SECRETS": answers.get("FeedbackSecrets", ""),
            }
        )
        settings.policy()
    except (SettingsError, PolicyError) as error:
        raise DeployError(str(error)) from error
    return settings


def migrate_store(settings: Settings) -> list[str]:
    """Migrates the store and returns a sentence about what was done. Raises DeployError."""

    async def migrate() -> list[str]:
        store = await open_store(settings)
        try:
            return await store.migrate()
        finally:
            await store.close()

    try:
        return asyncio.run(migrate())
    except Exception as error:
        raise DeployError(f"The store could not be migrated ({error}). Check StoreUri.") from (
            error
        )


def _sam(run: Run) -> list[str]:
    """The sam command. It has its own environment, because it pins boto3 to other versions."""
    sam = ROOT / ".venvs" / "sam" / "bin" / "sam"
    if not sam.exists():
        sys.stdout.write("Installing the SAM command line (once, 340 MB).\n")
        _do(run, ["make", "--no-print-directory", "sam"], "The SAM command line was not installed.")
    return ["env", "SAM_CLI_TELEMETRY=0", str(sam)]


def _sam_deploy(target: Target, answers: Mapping[str, str], sam: list[str], run: Run) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # sam reads YAML, which includes JSON; only its owner can read the folder.
        parameters = Path(folder, "parameters.yaml")
        parameters.write_text(json.dumps(dict(answers)), encoding="utf-8")
        command = [
            *sam,
            "deploy",
            *("--stack-name", target.stack),
            *("--region", target.region),
            *(("--profile", target.profile) if target.profile else ()),
            "--resolve-s3",
            *("--capabilities", "CAPABILITY_IAM"),
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            *("--parameter-overrides", f"file://{parameters}"),
        ]
        _do(run, command, "The stack was not deployed; the events above say why.")


def _do(run: Run, command: Sequence[str], message: str) -> None:
    if run(command) != 0:
        raise DeployError(message)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 our own commands


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make deploy", description=deploy.__doc__)
    parser.add_argument("--stack", default="emailbuilder")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--profile", default=None)
    parser.add_argument("--answers", type=Path, default=ROOT / "deploy.yaml")
    given = parser.parse_args(arguments)
    target = Target(given.stack, given.region, given.profile or None, given.answers)
    try:
        address = deploy(target, AwsAccount(target), _run, migrate_store)
    except (DeployError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"Deployed. The interface is at {address}/app, the API at {address}/api/v1\n"
        f"Sign in with a token (ApiTokens in {given.answers}); programs send it as\n"
        "Authorization: Bearer ebk_…\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
