"""Workers in front of a relay that takes three connections, and twenty messages in each."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.fakes.scenes import email, flow
from harness.servers.limited_mailbox import LimitedMailbox
from harness.servers.rabbitmq import RabbitServer
from harness.team.stack import scheduler, worker
from tests.team.team import Team

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

FLOW = flow([email("one")])
PEOPLE = 120


@pytest.fixture
def relay() -> Iterator[LimitedMailbox]:
    with LimitedMailbox(connections_max=3, messages_max=20, seconds_per_message=0.01) as mailbox:
        yield mailbox


def test_workers_share_the_connections_that_the_relay_takes(
    relay: LimitedMailbox, rabbit: RabbitServer, tmp_path: Path
) -> None:
    """Everybody gets the mail once, without a delivery attempt lost; what was found is stored."""
    settings = {"LEAD_LEASE_SECONDS": "30", "SEND_LEASE_SECONDS": "15"}
    with closing(Team(tmp_path, rabbit, relay, **settings)) as team:
        workers = (worker(team.environment, f"w{number}") for number in range(2))
        team.start(scheduler(team.environment), *workers)
        team.launch(FLOW, PEOPLE)
        team.until(team.is_completed)
        assert set(team.received().values()) == {1}
        assert len(team.received()) == PEOPLE
        assert (relay.open_most, relay.refused > 0) == (3, True)
        tried = team.ask(
            lambda services: services.store.messages.page(
                "c", after_key="", limit=PEOPLE, state=None
            )
        )
        assert {it.delivery_attempts for it in tried} == {0}
