"""The footer of a workspace in its campaigns: pinned when a flow is published."""

from dataclasses import replace

from functions.service.access.workspace_settings import change_workspace_settings
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.check_before_launch import check_before_launch
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.publish import publish
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import FakeWorld
from tests.mail.test_compose import parsed, part

FLOW = flow([email("a"), wait("w", 60), email("b")], "a>w", "w>b")


async def set_address(world: FakeWorld, address: str) -> None:
    await change_workspace_settings(world.made, lambda it: replace(it, postal_address=address))


async def launched(world: FakeWorld) -> None:
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, "ann@example.com", {})])
    await upload.finish()
    await launch(world.made, "c")
    await world.settle()


@in_world
async def test_leads_keep_the_footer_that_their_flow_was_published_with(world: FakeWorld) -> None:
    """A new address is in the e-mails of leads that enter after the next publication."""
    await set_address(world, "1 First Street")
    await launched(world)
    await set_address(world, "2 Second Street")
    await world.pass_time(120, step_seconds=30)
    texts = [part(parsed(it), "plain") for it in world.transport.sent]
    assert len(texts) == 2
    assert all("1 First Street" in it and "2 Second" not in it for it in texts)


@in_world
async def test_publishing_again_takes_the_new_footer(world: FakeWorld) -> None:
    """And does nothing if neither the draft nor the footer has changed."""
    await launched(world)
    assert (await publish(world.made, "c"))[0].version == 1
    await set_address(world, "2 Second Street")
    assert (await publish(world.made, "c"))[0].version == 2
    assert (await publish(world.made, "c"))[0].version == 2


@in_world
async def test_marketing_without_an_address_is_found_before_the_launch(world: FakeWorld) -> None:
    """If mail leaves, rather than into an inbox here; also in an e-mail with a link of its own."""
    own = email("own", body='<a href="{{ unsubscribe_url }}">Leave</a>')
    drawn = flow([email("a"), own], "a>own")
    campaign = await create_campaign(world.made, name="c", campaign_id="c", flow=drawn)

    async def found(*, mail_leaves: bool) -> list[str | None]:
        policy = replace(world.made.policy, mail_leaves=mail_leaves)
        services = replace(world.made, policy=policy)
        report = await check_before_launch(services, campaign)
        return [it.node_id for it in report.warnings if it.code == "no_postal_address"]

    assert await found(mail_leaves=False) == []
    assert await found(mail_leaves=True) == ["a", "own"]
    await set_address(world, "1 First Street\nLondon")
    assert await found(mail_leaves=True) == ["own"]
