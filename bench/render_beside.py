"""Measures what a campaign with a costly template takes from another campaign:

`python -m bench.render_beside`. One process sends a good campaign alone, and then beside a bad one
with a tenth as many contacts, each of which exceeds the limits of templates. It measures processor
time until the good mail is sent, and ends with an error if the rate falls below `RATIO_MIN`.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import replace
from statistics import median

from bench.render import SUBJECT, body
from functions.adapters.processor import ThreadProcessor
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.schedule.run_jobs import run_jobs
from harness.fakes.scenes import email, flow
from harness.fakes.world import FakeWorld, fake_world

RATIO_MIN = 0.8
# Validation has no contact, so it does not see the first loop.
COSTLY = (
    "{% capture s %}{% for i in (1..contact.n) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}"
    "{% endcapture %}{% for i in (1..contact.n) %}"
    "{% if s contains 'aaaaaaaaaaaab' or s contains 'aaaaaaaaaaaac' %}{% endif %}{% endfor %}"
)


async def messages_per_second(good: int, bad: int) -> float:
    async with fake_world() as world:
        world.made = replace(world.made, processor=ThreadProcessor())
        await bring_in(world, "good", body(4_600), good)
        if bad:
            await bring_in(world, "bad", COSTLY, bad)
        while await run_jobs(world.made):
            pass
        started = time.process_time()
        while sum(it.rcpt_to.startswith("good") for it in world.transport.sent) < good:
            await world.settle(1)
            world.clock.advance(1)
        return good / (time.process_time() - started)


async def bring_in(world: FakeWorld, campaign_id: str, written: str, contacts: int) -> None:
    drawn = flow([email("mail", SUBJECT, written)])
    await create_campaign(world.made, name=campaign_id, campaign_id=campaign_id, flow=drawn)
    upload = Upload(world.made, campaign_id)
    await upload.add(
        [
            Row(2 + seq, f"{campaign_id}{seq}@example.com", {"first_name": "Ann", "n": 9_000})
            for seq in range(contacts)
        ]
    )
    await upload.finish()
    await launch(world.made, campaign_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    good = arguments.contacts
    pairs = [
        (
            asyncio.run(messages_per_second(good, 0)),
            asyncio.run(messages_per_second(good, good // 10)),
        )
        for _ in range(arguments.rounds)
    ]
    ratio = median(beside / alone for alone, beside in pairs)
    sys.stdout.write(
        f"beside: contacts={good} alone_per_second={median(it[0] for it in pairs):.0f} "
        f"beside_per_second={median(it[1] for it in pairs):.0f} ratio={ratio:.2f}\n"
    )
    sys.exit(0 if ratio >= RATIO_MIN else 1)


if __name__ == "__main__":
    main()
