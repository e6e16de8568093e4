"""What the doctor says about reports by HTTP and about the mailbox."""

import asyncio
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from functions.service.operations.probes import feedback_probe
from functions.service.operations.records import CheckState, Diagnosis, SystemCheck
from functions.service.tracking.feedback_sources import FeedbackSources
from harness.fakes.sns import TOPIC
from harness.servers.child import free_port
from harness.servers.dovecot import PASSWORD, USER, Dovecot
from local.team.returns_probes import look_at_mailbox


def looked(uri: str) -> SystemCheck:
    (check,) = asyncio.run(look_at_mailbox(SecretStr(uri))).checks
    return check


def test_mailbox_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check says what is wrong with the login, and quotes no secret."""
    with Dovecot() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate_path))
        where = f"localhost:{server.port}"
        server.deliver(b"From: a@example.org\r\n\r\nHi")
        check = looked(f"imaps://{USER}:{quote(PASSWORD, safe='')}@{where}/INBOX")
        assert (check.state, check.message) == (CheckState.OK, "It can be read; it holds 1 mails.")
        assert server.unseen() == 1
        check = looked(f"imaps://{USER}:wrong-canary@{where}/INBOX")
        assert (check.state, check.message) == (CheckState.FAILED, "The login was refused.")
        assert "IMAP_URI" in check.remedy
        check = looked(f"imaps://{USER}:{quote(PASSWORD, safe='')}@{where}/Nothing")
        assert "Nothing cannot be opened" in check.message
    check = looked(f"imaps://{USER}:canary@localhost:{free_port()}/INBOX")
    assert check.message == "Does not answer (ConnectionRefusedError)."


@pytest.mark.parametrize(
    ("sources", "ses", "state"),
    [
        (FeedbackSources(), False, None),
        (FeedbackSources(), True, CheckState.WARNING),
        (FeedbackSources(secrets=(b"x" * 32,)), True, CheckState.WARNING),
        (FeedbackSources(frozenset({TOPIC})), True, CheckState.OK),
        (FeedbackSources(secrets=(b"x" * 32,)), False, CheckState.OK),
    ],
)
def test_feedback_is_looked_at(
    sources: FeedbackSources, ses: bool, state: CheckState | None
) -> None:
    """Whoever sends through SES should take its reports."""

    async def look() -> Diagnosis:
        return await feedback_probe(sources, sends_through_ses=ses)()

    assert [it.state for it in asyncio.run(look()).checks] == ([] if state is None else [state])
