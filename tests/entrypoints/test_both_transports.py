"""One suite over both transports: the same inputs leave the same journals, messages and mails."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields

import pytest

from functions.flow.lead import LeadStatus, Reason
from functions.service.sending.records import MessageState
from harness.servers.mailbox import Mailbox
from harness.servers.rabbitmq import RabbitServer
from tests.entrypoints.scenario import BAD_JOBS, OPEN, OUTCOMES, REPLIES, scenes
from tests.entrypoints.story import Story, play
from tests.entrypoints.transports import over_celery, over_sqs
from tests.team.team import Team

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

TRANSPORTS = ("sqs", "celery")


@pytest.fixture(scope="module")
def stories(
    rabbit: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Story]]:
    """Each transport plays the scenario once, from an empty store."""
    folder = tmp_path_factory.mktemp("transports")
    told: dict[str, Story] = {}
    leases = {"LEAD_LEASE_SECONDS": "30", "SEND_LEASE_SECONDS": "20"}
    with (
        Mailbox(replies=REPLIES) as of_celery,
        closing(Team(folder, rabbit, of_celery, **leases)) as team,
    ):
        with Mailbox(replies=REPLIES) as of_sqs, over_sqs(folder / "home", of_sqs, team) as sqs:
            told["sqs"] = play(sqs, of_sqs, scenes())
        with over_celery(team) as celery:
            told["celery"] = play(celery, of_celery, scenes())
        yield told


@pytest.fixture(params=TRANSPORTS)
def story(request: pytest.FixtureRequest, stories: dict[str, Story]) -> Story:
    return stories[request.param]


@pytest.mark.parametrize("part", [it.name for it in fields(Story)])
def test_both_transports_give_the_same_result(stories: dict[str, Story], part: str) -> None:
    """Journals entry by entry, messages with their attempts, counts, dead letters, mails byte by
    byte.
    """
    assert getattr(stories["sqs"], part) == getattr(stories["celery"], part)


def test_all_contacts_of_all_campaigns_are_reported(story: Story) -> None:
    """No lead is left out, and all but one reached their end."""
    expected = {
        (scene.campaign_id, seq) for scene in scenes() for seq in range(1, len(scene.people) + 1)
    }
    assert set(story.leads) == {f"{campaign_id}/{seq}" for campaign_id, seq in expected}
    ended = {
        name
        for name, lead in story.leads.items()
        if lead.status in (LeadStatus.COMPLETED, LeadStatus.FAILED)
    }
    assert set(story.leads) - ended == {f"{OPEN}/1"}


def test_each_recipient_meets_the_fate_that_was_prepared(story: Story) -> None:
    """Refused, deferred once and twice, suppressed, unrenderable, and simply sent."""
    fates = {
        lead.email: (
            lead.status,
            lead.reason,
            [(it.node_id, it.state, it.delivery_attempts) for it in story.messages[name]],
        )
        for name, lead in story.leads.items()
        if name.startswith(f"{OUTCOMES}/")
    }
    completed, failed, sent = LeadStatus.COMPLETED, LeadStatus.FAILED, MessageState.SENT
    both = (completed, Reason.NO_CONNECTION)
    assert fates == {
        "fine@example.com": (*both, [("one", sent, 0), ("two", sent, 0)]),
        "later@example.com": (*both, [("one", sent, 1), ("two", sent, 0)]),
        "much-later@example.com": (*both, [("one", sent, 2), ("two", sent, 0)]),
        "refused@example.com": (failed, Reason.REJECTED, [("one", MessageState.REJECTED, 0)]),
        "raises@example.com": (failed, Reason.TEMPLATE, [("one", MessageState.REJECTED, 0)]),
        "gone@example.com": (completed, Reason.SUPPRESSED, [("one", MessageState.SUPPRESSED, 0)]),
    }


def test_mail_server_sees_every_attempt(story: Story) -> None:
    """Once per message, and once more for each deferral."""
    asked = {address: story.asked.get(address, 0) for address in REPLIES}
    assert asked == {
        "refused@example.com": 1,
        "later@example.com": 3,
        "much-later@example.com": 4,
    }
    assert not story.asked.keys() & {"gone@example.com", "raises@example.com"}


def test_mails_are_those_that_messages_were_sent_for(story: Story) -> None:
    """One for each, and no others."""
    sent = {
        lead.email: sum(it.state is MessageState.SENT for it in story.messages[name])
        for name, lead in story.leads.items()
    }
    received = {it: len(mails) for it, mails in story.mails.items()}
    assert received == {it: times for it, times in sent.items() if times}


def test_invalid_job_is_dead_lettered_alone(story: Story) -> None:
    """Each once; obsolete jobs are dropped."""
    assert story.dead_letters == sorted(repr(it.body) for it in BAD_JOBS if it.is_dead)


def test_counts_equal_a_recount(story: Story) -> None:
    """Leads by status and place, and mails sent by node."""
    kinds = ("leads/", "at/")
    for campaign_id, recount in story.recounts.items():
        told = {
            key: value
            for key, value in story.counts[campaign_id].items()
            if key.startswith(kinds) or (key.startswith("total/") and key.endswith("/sent"))
        }
        assert told == recount, campaign_id
