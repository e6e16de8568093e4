"""Which of two reasons an address keeps if both suppress it."""

import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from harness.fakes.scenes import ANN, in_world
from harness.fakes.world import FakeWorld

UNSUBSCRIBED, COMPLAINT = SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT
BOUNCE, BY_HAND = SuppressionReason.HARD_BOUNCE, SuppressionReason.BY_HAND


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (UNSUBSCRIBED, BOUNCE, BOUNCE),
        (UNSUBSCRIBED, COMPLAINT, COMPLAINT),
        (UNSUBSCRIBED, BY_HAND, UNSUBSCRIBED),
        (BOUNCE, UNSUBSCRIBED, BOUNCE),
        (COMPLAINT, BOUNCE, COMPLAINT),
        (BY_HAND, BOUNCE, BY_HAND),
    ],
)
@in_world
async def test_reason_that_forbids_all_mail_replaces_an_unsubscription(
    world: FakeWorld,
    first: SuppressionReason,
    second: SuppressionReason,
    kept: SuppressionReason,
) -> None:
    """Transactional mail still goes to people who unsubscribed; it must stop when it bounces."""
    await suppress(world.made, ANN, first, "c1", "first")
    world.clock.advance(60)
    stored = await suppress(world.made, ANN.upper(), second, "c2", "second")
    assert stored.reason is kept
    assert stored.source == ("first" if kept is first else "second")
    assert await world.store.suppressions.find([(DEFAULT_WORKSPACE, ANN)]) == [stored]
