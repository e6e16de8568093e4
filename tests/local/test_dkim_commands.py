"""DKIM keys from the command line, through gateway and handler, to the mail in the inbox."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.servers.dns import DnsServer
from local.cli.dkim import zone_lines
from local.cli.main import app
from local.cli.output import console
from local.settings import LocalSettings
from local.system import System
from local.team import sender_dns


def test_command_line_creates_shows_uses_and_removes_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For people and for programs; a key is deleted only after a confirmation."""
    monkeypatch.setattr(console(), "width", 200)
    home = tmp_path / "home"
    with System(LocalSettings(home=home, port=0, smtp_port=0)) as system:

        def call(*arguments: str, exit_code: int = 0, said: str = "") -> str:
            given = {"EMAILBUILDER_HOME": str(home)}
            result = CliRunner().invoke(
                app, [*arguments, "--url", system.url], env=given, input=said
            )
            assert result.exit_code == exit_code, (arguments, result.output, result.exception)
            return result.output or str(result.exception)

        assert "dkim create DOMAIN" in call("dkim", "show")
        shown = call("dkim", "create", "example.com")
        first = json.loads(call("dkim", "show", "example.com", "--json"))
        (key,) = first["keys"]
        assert key["algorithm"] == "rsa"
        assert key["record_value"] in shown
        assert f'{key["record_name"]}. IN TXT "v=DKIM1' in shown
        assert "_dmarc.example.com" in shown
        assert "does not sign yet" not in shown
        second = call("dkim", "create", "example.com")
        assert f"emailbuilder dkim use example.com {key['selector']}-2" in second
        call("dkim", "create", "example.com", "--ed25519")
        assert "signs the mail of example.com" in call(
            "dkim", "use", "example.com", f"{key['selector']}-2"
        )
        keys = json.loads(call("dkim", "show", "--json"))["keys"]
        assert {it["selector"]: it["in_use"] for it in keys} == {
            key["selector"]: False,
            f"{key['selector']}-2": True,
            key["selector"].replace("eb", "ebed"): True,
        }
        assert "3 keys are encrypted" in call("dkim", "reseal")
        asked = call("dkim", "remove", "example.com", key["selector"], said="n\n", exit_code=1)
        assert "for good?" in asked
        assert "Deleted" in call("dkim", "remove", "example.com", key["selector"], "--yes")
        assert "There is no DKIM key" in call("dkim", "show", "nobody.example", exit_code=1)

        published = [it for it in keys if it["in_use"]]
        zone = {
            f"{it['record_name']} TXT": [line.partition(" IN TXT ")[2]]
            for it in published
            for line in zone_lines(
                [{"name": it["record_name"], "type": "TXT", "value": it["record_value"]}]
            )
        }
        with DnsServer(zone) as server:
            monkeypatch.setattr(sender_dns, "system_resolver", server.resolver)
            checks = {it["name"]: it for it in json.loads(call("doctor", "--json"))["domains"]}
        assert checks["dkim of example.com"]["state"] == "ok", checks
        assert checks["spf of example.com"]["state"] == "warn"


def test_long_values_are_split_for_zone_files() -> None:
    """A string of a TXT record has at most 255 characters (RFC 1035 §3.3.14)."""
    record = {"name": "s._domainkey.example.com", "type": "TXT", "value": "x" * 300}
    (line,) = zone_lines([record, {"name": "a", "type": "MX", "value": None}])
    assert line == f's._domainkey.example.com. IN TXT "{"x" * 255}" "{"x" * 45}"'


def test_mx_records_are_lines_of_zone_files_too() -> None:
    """With the host as an absolute name."""
    record = {"name": "b.example.com", "type": "MX", "value": "10 mail.example.com"}
    assert list(zone_lines([record])) == ["b.example.com. IN MX 10 mail.example.com."]
