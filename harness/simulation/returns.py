"""Bounces and complaints: mail that comes back, late, twice, or not at all.

A generator of its own chooses them, so that worlds without a relay run as they did before.
"""

import asyncio

from functions.mail.bounce_kinds import BounceKind
from functions.mail.reports import Bounce, Complaint, Original
from functions.mail.return_path import ReturnPath, read_return_path
from functions.service.services import WorkspaceServices
from functions.service.tracking.record_return import record_return
from harness.simulation.cast import KEYRING, Cast
from harness.simulation.world import Chance, message_id_of

DOMAIN = "bounces.example.com"
SHARE = 0.2


def plan_return(cast: Cast, message_id: str) -> None:
    """May let the mail come back."""
    chance = Chance(f"return of {cast.world.seed}/{message_id}")
    if chance.random() >= SHARE:
        return
    delay_seconds = chance.choice([0.0, 0.5, 9.0, 600.0])
    task = asyncio.create_task(_bring_back(cast, chance, message_id, delay_seconds))
    cast.planned[task] = asyncio.get_running_loop().time() + delay_seconds


async def _bring_back(cast: Cast, chance: Chance, message_id: str, delay_seconds: float) -> None:
    await asyncio.sleep(delay_seconds)
    key = next((it for it in cast.world.marks if message_id_of(it) == message_id), None)
    if key is None:
        return
    lead_id = key.split("/")[0]
    campaign_id = lead_id.removeprefix("lead_").rsplit("_", 2)[0]
    original = Original(message_id.strip("<>"))
    reports: list[Bounce | Complaint] = [
        Bounce(BounceKind.HARD, "550 5.1.1 nobody there", original),
        Bounce(BounceKind.OTHER, "554 5.0.0 not delivered", original),
        Complaint("abuse", original),
    ]
    report = chance.choice(reports)

    async def act(services: WorkspaceServices) -> None:
        found = await services.store.campaigns.find(services.workspace_id, [campaign_id])
        if not found:
            return  # Its deletion is over, so nothing is left that the report could be about.
        paths = ReturnPath(KEYRING, DOMAIN, found[0].created_at)
        token = read_return_path(KEYRING, DOMAIN, paths.address(lead_id, key))
        said = await record_return(services, token, report)
        cast.world.log(f"returned {message_id}: {said}")

    for _ in range(chance.choice([1, 1, 2])):
        await cast.ask(f"return of {key}", act)
