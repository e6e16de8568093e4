"""Pause, cancel and unsubscribe while the queue is full, counted at the mail server.

The guarantee: after the response, only messages leave that were already marked `sending`, at most
as many as there are connections.
"""

import pytest

from functions.flow.lead import LeadStatus, Reason
from functions.mail.compose import UNSUBSCRIBE_PATH
from functions.mail.tokens import UnsubscribeToken
from functions.service.campaigns.records import CampaignStatus
from functions.service.execution.records import StoredLead
from functions.service.sending.records import Message, MessageState
from functions.service.services import Services
from harness.fakes.scenes import email, flow
from harness.team.stack import scheduler, worker
from tests.team.team import LEADS_MAX, SMTP_CONNECTIONS_MAX, Team

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

FLOW = flow([email("mail")])
PEOPLE = 500
WORKERS = 2
CONNECTIONS = WORKERS * SMTP_CONNECTIONS_MAX
SLOW_SECONDS = 0.15
"""Per message and connection, so that the queue takes several seconds but a response of the API
does not.
"""


@pytest.fixture
def settings() -> dict[str, str]:
    """Leases long enough for a job that waits behind all others."""
    return {"LEAD_LEASE_SECONDS": "20"}


@pytest.fixture
def busy(team: Team) -> Team:
    """All jobs wait in the broker or in a worker, and mails leave one by one."""
    team.mailbox.seconds_per_message = SLOW_SECONDS
    workers = [worker(team.environment, f"w{number}") for number in range(WORKERS)]
    team.start(scheduler(team.environment), *workers)
    team.launch(FLOW, PEOPLE)
    team.until(lambda: len(team.mailbox.accepted) > 40 and jobs(team) > PEOPLE / 2)
    return team


def jobs(team: Team) -> int:
    """The number of jobs in the broker or in workers."""
    depths = team.depths()
    return depths["send_email"].total + depths["celery"].total


def leads(team: Team) -> list[StoredLead]:
    return team.ask(lambda services: services.store.leads.page("c", after_seq=0, limit=LEADS_MAX))


def messages(team: Team, state: MessageState) -> list[Message]:
    return team.ask(
        lambda services: services.store.messages.page(
            "c", after_key="", limit=LEADS_MAX, state=state
        )
    )


@pytest.mark.parametrize("stop", ["pause", "cancel"])
def test_only_what_is_being_sent_leaves_after_the_answer(busy: Team, stop: str) -> None:
    """Although hundreds of jobs are in the queue and in the workers; after resuming, all get their
    mail.
    """
    busy.post(f"/campaigns/c/{stop}")
    at_answer = len(busy.mailbox.accepted)
    assert jobs(busy) > PEOPLE / 3
    # Every job has been looked at, and every message begun has ended.
    busy.until(lambda: jobs(busy) == 0 and not messages(busy, MessageState.SENDING))
    left = len(busy.mailbox.accepted) - at_answer
    assert left <= CONNECTIONS
    assert len(busy.mailbox.accepted) < PEOPLE / 2
    busy.mailbox.seconds_per_message = 0
    if stop == "pause":
        busy.post("/campaigns/c/resume")
        busy.until(busy.is_completed)
        received = busy.received()
        assert (len(received), set(received.values())) == (PEOPLE, {1})
    else:
        busy.until(lambda: not busy.active())
        assert busy.status() is CampaignStatus.CANCELLED
        sent = sum(bool(it.lead.sent_emails) for it in leads(busy))
        assert sent == len(busy.mailbox.accepted) == at_answer + left


def test_reader_who_unsubscribes_gets_nothing_more(busy: Team) -> None:
    """Whether the job waits in the queue or in a worker that has claimed it; all others get their
    mail.
    """
    # Otherwise those just claimed would be sent before their requests are made.
    busy.mailbox.seconds_per_message = 4 * SLOW_SECONDS
    claimed = {it.lead_id for it in messages(busy, MessageState.CLAIMED)}
    begun = [it.lead for it in leads(busy) if it.lead.lead_id in claimed]
    gone = [*begun[-100:], *[it.lead for it in leads(busy)[-50:]]]

    async def unsubscribe_links(services: Services) -> list[str]:
        tokens = [UnsubscribeToken(it.lead_id, "c", it.email) for it in gone]
        return [UNSUBSCRIBE_PATH + services.keyring.sign(it) for it in tokens]

    at_answer: list[int] = []
    then = lambda: at_answer.append(len(busy.mailbox.accepted))  # noqa: E731
    busy.post(*busy.ask(unsubscribe_links), then=then)
    busy.mailbox.seconds_per_message = 0
    busy.until(busy.is_completed)
    accepted = [it.recipient for it in busy.mailbox.accepted]
    for number, answered in enumerate(at_answer, 1):
        # Of the readers answered by then; others got their mail while more requests were made.
        too_late = {it.email for it in gone[:number]}.intersection(accepted[answered:])
        assert len(too_late) <= CONNECTIONS
    assert len(accepted) == len(set(accepted))
    ended = {it.lead.email: (it.lead.status, it.lead.reason) for it in leads(busy)}
    suppressed = {it for it, how in ended.items() if how[1] is Reason.SUPPRESSED}
    assert suppressed == {it.email for it in gone} - set(accepted)
    assert suppressed & {it.email for it in begun}
    assert set(ended) - suppressed == set(accepted)
    assert {ended[it][0] for it in accepted} == {LeadStatus.COMPLETED}
