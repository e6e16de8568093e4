"""Stored jobs of a campaign that is deleted while they run."""

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.delete_campaign import delete_page
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.lifecycle import delete
from functions.service.jobs.records import JobState
from functions.service.schedule.run_jobs import run_jobs
from harness.fakes.scenes import email, in_world
from harness.fakes.world import FakeWorld

FLOW = {
    "nodes": [{"id": "start", "type": "start"}, email("mail")],
    "connections": [{"from_node": "start", "to_node": "mail"}],
}


@in_world
async def test_contacts_of_a_deleted_campaign_do_not_stay(world: FakeWorld) -> None:
    """Another worker does the whole deletion between an import's look at its page and its
    writing of the contacts."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, "ann@example.com", {})])
    await upload.finish()
    add = world.store.contacts.add

    async def late(contacts):  # type: ignore[no-untyped-def]
        deletion = await delete(world.made, "c")
        assert (await delete_page(world.made, deletion)).state is JobState.DONE
        return await add(contacts)

    world.store.contacts.add = late  # type: ignore[method-assign]
    await run_jobs(world.made)
    assert await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"]) == []
    assert await world.store.contacts.page(DEFAULT_WORKSPACE, "c", after_seq=0, limit=9) == []
