"""Guarantees of `WorkspaceSettingsStore`."""

from dataclasses import replace

from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId, WorkspaceSettings
from functions.service.store import Store
from tests.adapters.store_contract.builders import NOW
from tests.adapters.store_contract.contract import contract

FIRST = WorkspaceSettings(
    workspace_id=DEFAULT_WORKSPACE,
    postal_address="Example Ltd\n1 Example Street",
    footer="You are a customer of {{ campaign.name }}.",
    reply_to="zoë@example.org",
    test_addresses=("ann@example.org", "bob@example.org"),
    updated_at=NOW,
    revision=1,
)


@contract
async def test_settings_come_back_whole(store: Store) -> None:
    """Of that workspace alone."""
    assert await store.workspace_settings.find(DEFAULT_WORKSPACE) is None
    assert await store.workspace_settings.save(FIRST)
    assert await store.workspace_settings.find(DEFAULT_WORKSPACE) == FIRST
    assert await store.workspace_settings.find(WorkspaceId("other")) is None


@contract
async def test_settings_are_saved_by_their_revision(store: Store) -> None:
    """Only on the revision before; the first one only if there is none."""
    second = replace(FIRST, footer="", revision=2)
    assert not await store.workspace_settings.save(second)
    assert await store.workspace_settings.save(FIRST)
    assert not await store.workspace_settings.save(replace(FIRST, footer="x"))
    assert await store.workspace_settings.save(second)
    assert not await store.workspace_settings.save(replace(second, footer="x"))
    assert await store.workspace_settings.find(DEFAULT_WORKSPACE) == second
