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
from local.deploy import PENDING_URL, DeployError, Target, blank_answers, deploy, read_answers

ANSWERS = {
    "StoreUri": "mongodb://user:canary-password@db.example.com/emailbuilder",
    "Sender": 'Ada "L" <ada@example.com>',
    "SesIdentity": "example.com",
    "PublicUrl": "https://mail.example.com",
    "TrackingKeys": "k1:canary-secret-0123",
    "ApiTokens": "canary-token-0123456789abcdef",
}
API_URL = "https://abc.execute-api.eu-west-1.amazonaws.com"


class FakeAccount:
    def __init__(self, *, knows_us: bool = True, is_deployed: bool = False) -> None:
        self.knows_us = knows_us
        self.is_deployed = is_deployed

    def identity(self) -> str:
        if not self.knows_us:
            raise NoCredentialsError
        return "arn:aws:iam::123456789012:user/ada"

    def outputs(self, stack: str) -> dict[str, str]:
        return {"ApiUrl": API_URL} if self.is_deployed else {}


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
        step = next((s for s in ("build", "deploy") if s in command), "other")
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
    """Migrate, build, deploy; then migrate again for documents that the old code wrote until then.
    The address comes from the stack.
    """
    account = FakeAccount()
    shell = FakeShell(account)
    assert deploy(target, account, shell.run, shell.migrate) == API_URL
    assert steps(shell) == ["migrate", "build", "deploy", "migrate"]
    assert shell.parameters == [ANSWERS]


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


def test_without_a_public_address_the_apis_own_is_used(target: Target) -> None:
    """It is known only after the first deployment, so the links need a second one."""
    answer(target, PublicUrl="")
    account = FakeAccount()
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert steps(shell) == ["migrate", "build", "deploy", "deploy", "migrate"]
    assert [it["PublicUrl"] for it in shell.parameters] == [PENDING_URL, API_URL]


def test_deploying_again_keeps_the_address(target: Target) -> None:
    """Links that were sent must stay valid in between."""
    answer(target, PublicUrl="")
    account = FakeAccount(is_deployed=True)
    shell = FakeShell(account)
    deploy(target, account, shell.run, shell.migrate)
    assert [it["PublicUrl"] for it in shell.parameters] == [API_URL]


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


@pytest.mark.parametrize("failing", ["build", "deploy"])
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
