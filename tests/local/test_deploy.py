"""`make deploy` with an account, a shell and a store that only record."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import NoCredentialsError

from functions.access import ApiTokens
from functions.settings import Settings
from local.deploy import (
    INTERFACE,
    PENDING_URL,
    DeployError,
    Target,
    blank_answers,
    deploy,
    read_answers,
)

ANSWERS = {
    "StoreUri": "mongodb://user:canary-password@db.example.com/emailbuilder",
    "Sender": 'Ada "L" <ada@example.com>',
    "SesIdentity": "example.com",
    "PublicUrl": "https://mail.example.com",
    "TrackingKeys": "k1:canary-secret-0123",
    "ApiTokens": "canary-token-0123456789abcdef",
}
SITE_URL = "https://abc.cloudfront.net"
BUCKET = "emailbuilder-interface"


class FakeAccount:
    def __init__(self, *, knows_us: bool = True, is_deployed: bool = False) -> None:
        self.knows_us = knows_us
        self.is_deployed = is_deployed
        self.refuses_files = False
        self.filled: list[tuple[Path, str]] = []

    def identity(self) -> str:
        if not self.knows_us:
            raise NoCredentialsError
        return "arn:aws:iam::123456789012:user/ada"

    def outputs(self, stack: str) -> dict[str, str]:
        made = {"SiteUrl": SITE_URL, "InterfaceBucketName": BUCKET}
        return made if self.is_deployed else {}

    def put_up(self, folder: Path, bucket: str) -> int:
        if self.refuses_files:
            raise NoCredentialsError
        self.filled.append((folder, bucket))
        return 1


class FakeShell:
    """Records the steps, and the parameter file of each `sam deploy`."""

    def __init__(self, account: FakeAccount, failing: str = "") -> None:
        self.account = account
        self.failing = failing
        self.steps: list[str] = []
        self.commands: list[Sequence[str]] = []
        self.parameters: list[dict[str, str]] = []

    def run(self, command: Sequence[str]) -> int:
        self.commands.append(command)
        step = next((s for s in ("frontend", "build", "deploy") if s in command), "other")
        self.steps.append(step)
        if step == self.failing:
            return 1
        if step == "deploy":
            path = Path(command[-1].removeprefix("file://"))
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            self.parameters.append(json.loads(path.read_text()))
            self.account.is_deployed = True
        return 0

    def migrate(self, settings: Settings) -> list[str]:
        assert settings.store_uri.get_secret_value() == ANSWERS["StoreUri"]
        self.steps.append("migrate")
        return ["12 indexes made"]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    answers = tmp_path / "deploy.yaml"
    answers.write_text(yaml.safe_dump(ANSWERS))
    return Target("emailbuilder", "eu-west-1", None, answers)


def answer(target: Target, **changes: str) -> None:
    target.answers.write_text(yaml.safe_dump({**ANSWERS, **changes}))


def steps(shell: FakeShell) -> list[str]:
    return [step for step in shell.steps if step != "other"]


def test_the_store_is_made_ready_before_the_code_that_needs_it(target: Target) -> None:
    """Build, migrate, deploy; then migrate again for documents that the old code wrote until then,
    and put up the pages, which need the new code. The address comes from the stack.
    """
    account = FakeAccount()
    shell = FakeShell(account)
    assert deploy(target, account, shell.run, shell.migrate) == SITE_URL
    assert steps(shell) == ["frontend", "build", "migrate", "deploy", "migrate"]
    assert shell.parameters == [ANSWERS]
    assert account.filled == [(INTERFACE, BUCKET)]


def test_pages_that_cannot_be_put_up_are_said_to_be_missing(target: Target) -> None:
    account = FakeAccount()
    account.refuses_files = True
    shell = FakeShell(account)
    with pytest.raises(DeployError, match=f"could not be put into {BUCKET}"):
        deploy(target, account, shell.run, shell.migrate)
    assert steps(shell)[-1] == "migrate"


def test_no_secret_is_on_a_command_line(target: Target) -> None:
    """Every user of the machine can read command lines."""
    account = FakeAccount()
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert "canary" not in json.dumps([list(command) for command in shell.commands])
    assert not Path(shell.commands[-1][-1].removeprefix("file://")).exists()


def test_missing_credentials_are_explained_and_nothing_is_touched(target: Target) -> None:
    """In plain words, with what to do next."""
    account = FakeAccount(knows_us=False)
    shell = FakeShell(account)
    with pytest.raises(DeployError) as caught:
        deploy(target, account, shell.run, shell.migrate)
    message = str(caught.value)
    assert "aws configure" in message
    assert "make demo" in message
    assert "Nothing was changed" in message
    assert shell.steps == []


def test_without_a_public_address_the_stacks_own_is_used(target: Target) -> None:
    """It is known only after the first deployment, so the links need a second one."""
    answer(target, PublicUrl="")
    account = FakeAccount()
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert steps(shell) == ["frontend", "build", "migrate", "deploy", "deploy", "migrate"]
    assert [it["PublicUrl"] for it in shell.parameters] == [PENDING_URL, SITE_URL]


def test_without_a_public_address_the_domain_is_used(target: Target) -> None:
    answer(target, PublicUrl="", DomainName="mail.example.org")
    account = FakeAccount()
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert [it["PublicUrl"] for it in shell.parameters] == ["https://mail.example.org"]


def test_deploying_again_keeps_the_address(target: Target) -> None:
    """Links that were sent must stay valid in between."""
    answer(target, PublicUrl="")
    account = FakeAccount(is_deployed=True)
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert [it["PublicUrl"] for it in shell.parameters] == [SITE_URL]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"StoreUri": ""}, "StoreUri is empty"),
        ({"SesIdentity": ""}, "SesIdentity is empty"),
        ({"MailTransport": "smtp"}, "SmtpUri is empty"),
        ({"ApiTokens": ""}, "ApiTokens is empty"),
        ({"ApiTokens": "short"}, "API_TOKENS: the token is too short"),
        ({"Colour": "blue"}, "Colour is not a parameter"),
        ({"MailTransport": "pigeon"}, "must be ses or smtp"),
        ({"PublicUrl": "mail.example.com"}, "PUBLIC_URL must begin with"),
    ],
)
def test_bad_answers_are_named_before_anything_is_done(
    target: Target, changes: dict[str, str], message: str
) -> None:
    """CloudFormation would report them only minutes later."""
    answer(target, **changes)
    account = FakeAccount()
    shell = FakeShell(account)
    with pytest.raises(DeployError, match=message):
        deploy(target, account, shell.run, shell.migrate)
    assert steps(shell) == []


@pytest.mark.parametrize("failing", ["frontend", "build", "deploy"])
def test_a_step_that_fails_ends_it(target: Target, failing: str) -> None:
    """There is no deployment if the build failed."""
    account = FakeAccount()
    shell = FakeShell(account, failing)
    with pytest.raises(DeployError):
        deploy(target, account, shell.run, shell.migrate)
    assert steps(shell)[-1] == failing


def test_the_first_time_a_file_to_fill_in_is_made(tmp_path: Path) -> None:
    """With new keys, readable only by its owner; once filled in, it is accepted."""
    path = tmp_path / "deploy.yaml"
    with pytest.raises(DeployError, match="just created"):
        read_answers(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = read_answers(path)
    assert made["TrackingKeys"].startswith("k1:")
    assert len(made["TrackingKeys"]) >= 40
    assert len(ApiTokens.parse(made["ApiTokens"]).names) == 1
    assert "StoreUri" not in made
    other = yaml.safe_load(blank_answers())
    assert other["TrackingKeys"] != made["TrackingKeys"]
    assert other["ApiTokens"] != made["ApiTokens"]
