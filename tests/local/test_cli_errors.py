"""User errors end in a sentence on standard error and exit code 1, never in a stack trace."""

import json
import socket
import sys
from pathlib import Path

import pytest

from local.cli.main import main


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int | str | None, str, str]:
    """Exit code, output, and standard error."""
    monkeypatch.setattr(sys, "argv", ["emailbuilder", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, *capsys.readouterr()


@pytest.mark.parametrize("variable", ["PORT", "SMTP_PORT"])
def test_port_that_is_taken_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    variable: str,
) -> None:
    """With the variable that sets it; the parts that had started are stopped."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for name in ("PORT", "SMTP_PORT"):
            monkeypatch.setenv(name, str(port) if name == variable else "0")
        code, _, error = said(monkeypatch, capsys, "up", "--home", str(tmp_path / "home"))
    assert code == 1
    assert f"{variable}: the " in error
    assert f"cannot listen on port {port}" in error
    assert "Traceback" not in error


def test_home_that_is_no_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file stays unchanged."""
    file = tmp_path / "file"
    file.write_text("mine")
    code, _, error = said(monkeypatch, capsys, "up", "--home", str(file))
    assert (code, file.read_text()) == (1, "mine")
    assert error.endswith(f"EMAILBUILDER_HOME: {file} cannot be used as a folder (File exists)\n")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (
            "mongodb://ann:canary@127.0.0.1:1/x?serverSelectionTimeoutMS=100",
            "the store cannot be opened (ServerSelectionTimeoutError)",
        ),
        ("sqlite:////proc/none/x.db", "the store cannot be opened ("),
        ("postgres://ann:canary@x", "must begin with sqlite:///, mongodb:// or mongodb+srv://"),
    ],
)
def test_store_that_cannot_be_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], uri: str, message: str
) -> None:
    """Named by its setting and the type of the error, because an address may contain a password."""
    monkeypatch.setenv("STORE_URI", uri)
    code, _, error = said(monkeypatch, capsys, "migrate")
    assert code == 1
    assert error.startswith("STORE_URI")
    assert message in error
    assert "canary" not in error
    assert "Traceback" not in error


def test_mistyped_command_is_answered_with_the_right_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, as for any wrong use."""
    code, _, error = said(monkeypatch, capsys, "campain")
    assert code == 2
    assert "Did you mean 'campaign'?" in error
    assert said(monkeypatch, capsys, "up", "--port", "70000")[0] == 2


def test_json_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On standard output, with nothing else."""
    code, output, error = said(monkeypatch, capsys, "token", "--json")
    assert (not code, error) == (True, "")
    assert json.loads(output)["token"].startswith("ebk_")
    monkeypatch.setenv("STORE_URI", f"sqlite:///{tmp_path / 'x.db'}")
    assert json.loads(said(monkeypatch, capsys, "migrate", "--json")[1])["done"]
    assert json.loads(said(monkeypatch, capsys, "migrate", "--json")[1]) == {"done": []}
