"""The functions' artifacts: small, complete, and pinned to the versions of the tests."""

import marshal
import re
import subprocess
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = "functions/artifacts.mk"
MEGABYTE = 1_000_000

# Unzipped, with bytecode, without boto3, which is in Lambda's runtime.
BUILDS = {
    "ApiFunction": ("functions.api.handler", 55 * MEGABYTE),
    "SendEmailFunction": ("functions.send_email.handler", 45 * MEGABYTE),
    "ResumeLeadFunction": ("functions.resume_lead.handler", 31 * MEGABYTE),
}
SIGNING = {"ApiFunction", "SendEmailFunction"}
"""Functions that sign mail. The package that does it is large, so the others do without."""
IN_LAMBDAS_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3")

IMPORT = """
import sys
sys.path[:] = [*sys.argv[2:], *(p for p in sys.path if "site-packages" not in p)]
import importlib
importlib.import_module("functions.wiring")
importlib.import_module("tzdata")
assert callable(getattr(importlib.import_module(sys.argv[1]), "handler"))
from liquid import Environment
assert Environment().from_string("{{ name | upcase }}").render(name="ada") == "ADA"
"""


def pinned(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \n]+)", text, flags=re.MULTILINE))


@pytest.fixture(scope="module", params=BUILDS)
def artifact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts") / str(request.param)
    folder.mkdir()
    built = subprocess.run(
        ["make", "-f", MAKEFILE, f"build-{request.param}", f"ARTIFACTS_DIR={folder}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


SIGN = """
import sys
sys.path[:] = [*sys.argv[1:], *(p for p in sys.path if "site-packages" not in p)]
from datetime import UTC, datetime
import functions.wiring
assert "cryptography" not in sys.modules, "loaded before a key is read"
from functions.adapters.key_box import FernetKeyBox, make_key
from functions.mail.dkim import load_signer, signed
box = FernetKeyBox.parse("x" * 32)
for algorithm in ("rsa", "ed25519"):
    pem = box.unseal(box.seal(make_key(algorithm)))
    signer = load_signer("example.com", "s", pem)
    assert b"DKIM-Signature" in signed(b"From: a\\r\\n\\r\\n", [signer], datetime.now(UTC))
"""


def test_only_functions_that_sign_mail_can(artifact: Path, tmp_path: Path) -> None:
    """With what the artifact holds; `cryptography` is loaded no earlier than it is needed."""
    packages = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    for name in IN_LAMBDAS_RUNTIME:
        (tmp_path / name).symlink_to(packages / name)
    found = subprocess.run(
        [sys.executable, "-I", "-B", "-c", SIGN, artifact, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    if artifact.name in SIGNING:
        assert found.returncode == 0, found.stderr
    else:
        assert "No module named 'cryptography'" in found.stderr
        assert "AssertionError" not in found.stderr


def test_artifact_is_small(artifact: Path) -> None:
    """Every cold start loads it."""
    size_bytes = sum(path.stat().st_size for path in artifact.rglob("*") if path.is_file())
    assert size_bytes <= BUILDS[artifact.name][1], f"{size_bytes / MEGABYTE:.1f} MB"


def test_artifact_holds_its_bytecode(artifact: Path) -> None:
    """Of the version that runs it. It is valid whatever times unpacking gives to the files, and its
    tracebacks name the files as they are there."""
    found = [*artifact.rglob("*.py")]
    assert found
    for source in found:
        compiled = Path(cache_from_source(str(source)))
        if not compiled.exists():
            with pytest.raises(SyntaxError):
                compile(source.read_bytes(), source, "exec")
            continue
        content = compiled.read_bytes()
        assert content[:4] == MAGIC_NUMBER
        assert int.from_bytes(content[4:8], "little") == 0b01, "checked by a hash of the source"
    module = Path(cache_from_source(str(artifact / "functions" / "wiring.py")))
    assert marshal.loads(module.read_bytes()[16:]).co_filename == "/var/task/functions/wiring.py"


def test_artifact_holds_all_that_its_handler_imports(artifact: Path, tmp_path: Path) -> None:
    """It needs nothing from the development environment except what Lambda's runtime has."""
    packages = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    for name in IN_LAMBDAS_RUNTIME:
        (tmp_path / name).symlink_to(packages / name)
    module = BUILDS[artifact.name][0]
    found = subprocess.run(
        [sys.executable, "-I", "-B", "-c", IMPORT, module, artifact, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr


def test_artifact_holds_nothing_of_the_local_system(artifact: Path) -> None:
    """Nor of the other functions, nor packages that Lambda's runtime has."""
    present = {path.name for path in artifact.iterdir()}
    assert not present & {"local", "tests", "boto3", "botocore", "moto", "pip", "bin"}
    own = BUILDS[artifact.name][0].split(".")[1]
    folders = {"api", "send_email", "resume_lead"}
    assert {path.name for path in (artifact / "functions").iterdir()} & folders == {own}


def test_only_the_api_can_read_workbooks(artifact: Path) -> None:
    """What reads them is loaded by another process, so a cold start does not pay for it."""
    assert (artifact / "python_calamine").exists() == (artifact.name == "ApiFunction")


@pytest.mark.parametrize("name", ["api", "send-email", "resume-lead"])
def test_packages_have_the_versions_that_the_tests_run_on(name: str) -> None:
    """With their hashes, and without download addresses."""
    path = ROOT / "requirements" / f"functions-{name}.txt"
    pins, tested = pinned(path), pinned(ROOT / "requirements" / "dev.txt")
    assert pins
    assert {package: tested.get(package) for package in pins} == pins
    text = path.read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
