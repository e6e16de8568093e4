"""What SES says about a message, and what that means for its recipient."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.bounce_kinds import BounceKind
from functions.mail.reports import Bounce, Complaint, NoReport, Original
from functions.mail.ses_event import read_ses_event
from harness.fakes.sns import bounce_event, complaint_notification

PATH, ANN = "b-token@bounces.example.com", "ann@example.org"


def bounce(kind: str, sub_type: str, status: str | None, said: str | None) -> str:
    event = json.loads(bounce_event(PATH, ANN))
    event["bounce"].update(bounceType=kind, bounceSubType=sub_type)
    (recipient,) = event["bounce"]["bouncedRecipients"]
    recipient.update(status=status, diagnosticCode=said)
    return json.dumps(event)


@pytest.mark.parametrize(
    ("kind", "sub_type", "status", "said", "means"),
    [
        ("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown", BounceKind.HARD),
        ("Permanent", "General", "5.0.0", "smtp; 554 denied", BounceKind.HARD),
        ("Permanent", "General", None, None, BounceKind.HARD),
        ("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 blocked", BounceKind.POLICY),
        ("Permanent", "General", "5.2.2", "smtp; 552 5.2.2 full", BounceKind.FULL),
        ("Permanent", "NoEmail", None, None, BounceKind.HARD),
        ("Permanent", "Suppressed", "5.1.1", "Amazon SES did not send", BounceKind.HARD),
        ("Permanent", "OnAccountSuppressionList", None, None, BounceKind.HARD),
        ("Permanent", "UnsubscribedRecipient", "5.0.0", None, BounceKind.OTHER),
        ("Transient", "MailboxFull", None, None, BounceKind.FULL),
        ("Transient", "MessageTooLarge", "5.3.4", None, BounceKind.POLICY),
        ("Transient", "ContentRejected", "5.7.1", None, BounceKind.POLICY),
        ("Transient", "AttachmentRejected", None, None, BounceKind.POLICY),
        ("Transient", "General", "4.4.7", "smtp; 421 expired", BounceKind.OTHER),
        ("Transient", "General", "5.1.1", "smtp; 550 5.1.1 moved", BounceKind.OTHER),
        ("Undetermined", "Undetermined", "5.7.1", None, BounceKind.POLICY),
    ],
)
def test_kind_of_bounce(
    kind: str, sub_type: str, status: str | None, said: str | None, means: BounceKind
) -> None:
    """Only what SES calls permanent suppresses, and not if its reason is another."""
    report = read_ses_event(bounce(kind, sub_type, status, said))
    assert isinstance(report, Bounce)
    assert report.kind is means
    assert report.original == Original(None, PATH, ANN)
    assert report.reason


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_automatic_reply_is_no_bounce(kind: str) -> None:
    """SES reports it as a bounce without a reason."""
    assert isinstance(read_ses_event(bounce(kind, "General", None, None)), NoReport)


@pytest.mark.parametrize(
    ("feedback", "means"),
    [
        ("abuse", Complaint("abuse", Original("1.2@example.com", "hello@example.com", ANN))),
        ("fraud", Complaint("fraud", Original("1.2@example.com", "hello@example.com", ANN))),
        (None, Complaint("abuse", Original("1.2@example.com", "hello@example.com", ANN))),
        ("not-spam", NoReport("its feedback is not-spam, not a complaint")),
        ("virus", NoReport("its feedback is virus, not a complaint")),
    ],
)
def test_complaint(feedback: str | None, means: object) -> None:
    """Many providers do not say which kind it is."""
    event = json.loads(complaint_notification("<1.2@example.com>", ANN))
    event["complaint"]["complaintFeedbackType"] = feedback
    assert read_ses_event(json.dumps(event)) == means


def test_report_about_several_recipients_is_not_ours() -> None:
    """Each of our messages has one."""
    event = json.loads(bounce_event(PATH, ANN))
    event["bounce"]["bouncedRecipients"] *= 2
    assert isinstance(read_ses_event(json.dumps(event)), NoReport)
    event["bounce"]["bouncedRecipients"] = []
    assert isinstance(read_ses_event(json.dumps(event)), NoReport)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(), it, max_size=3),
)
EVENTS = st.dictionaries(
    st.sampled_from(["eventType", "bounce", "complaint", "mail"]), JSON | st.just("Bounce")
)


@given(st.text() | EVENTS.map(json.dumps))
def test_any_text_is_read(text: str) -> None:
    """Whatever its parts are."""
    assert isinstance(read_ses_event(text), Bounce | Complaint | NoReport)
